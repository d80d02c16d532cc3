//! Lenscast: live video from a camera to every web browser.
//!
//! ```text
//! main ─► server ─► { source, encode, hub, transport, rtsp, http, config }
//! source ─► hub ◄─ encode     transport ─► http ─► access     transport ─► hub     everyone ─► media        (ARCHITECTURE.md says more)
//! ```

pub mod access;
mod access_file;
mod address_group;
pub mod args;
mod child;
pub mod clock;
pub mod compat;
pub mod config;
pub mod encode;
pub mod error;
mod greeting;
mod heap;
pub mod http;
pub mod hub;
mod limits;
mod log_limiter;
mod logging;
mod machine;
pub mod option_value;
mod os_error;
mod random;
mod redact;
mod rtsp;
pub mod rtsp_port;
pub mod server;
mod shutdown;
pub mod source;
mod systemd;
pub mod tls;
pub mod transport;
mod v4l2;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;

use crate::{
    access::{
        LinkName, Right,
        command::{UserCommand, state_folder},
    },
    args::{Args, Command, Lifetime},
    config::Config,
    error::ServerError,
    greeting::Addresses,
    server::Server,
    shutdown::{Signalled, Signals},
    source::discover,
    tls::{Certificate, Tls},
};

/// Tasks that still run at the end have this long to be dropped.
const DROPPED_WITHIN: Duration = Duration::from_millis(50);

/// The program: reads its arguments, serves until a signal stops it, and returns its exit status.
#[must_use]
pub fn run_program() -> ExitCode {
    heap::share();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            let words: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
            print(&mut std::io::stderr(), &format!("lenscast: {}\n", args::sentence(&error, &words)));
            return ExitCode::from(2);
        }
        // Help, or the version.
        Err(asked) => {
            let _ = asked.print();
            return ExitCode::SUCCESS;
        }
    };
    let what = "cannot start the threads that the server needs (ulimit -u and TasksMax= limit them)";
    if let Err(error) = limits::check_threads() {
        return failed(&ServerError::System { what, error });
    }
    let log = logging::start(args.verbose);
    let done = match &args.command {
        None => {
            limits::raise_open_files();
            let args = Args { state: args.state.clone().or_else(state_folder), ..args.clone() };
            Config::from_args(&args).and_then(|config| serve(&args, &config))
        }
        Some(Command::Check { file, config }) => {
            check(file.as_deref().or(config.as_deref()).unwrap_or_else(|| Path::new("")))
        }
        Some(Command::Cameras { json }) => cameras(*json),
        Some(Command::User { command, config }) => user(&args, command, config.as_deref()),
        Some(Command::Link { camera, right, until, name, revoke }) => {
            link(&args, camera.as_deref(), *right, *until, name, revoke.as_ref())
        }
    };
    drop(log);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &ServerError) -> ExitCode {
    print(&mut std::io::stderr(), &format!("lenscast: {error}\n"));
    error.exit_code()
}

fn check(path: &Path) -> Result<(), ServerError> {
    let args = Args { config: Some(path.to_owned()), ..Args::typed(&[]) };
    let config = Config::from_args(&args)?;
    if let Some(tls) = config.tls.as_ref().filter(|tls| tls.certificate != Certificate::Own) {
        Tls::new(&tls.certificate, None)?;
    }
    let cameras = config.cameras.iter().map(|camera| format!("  {}: {}\n", camera.name, camera.wanted));
    let cameras: String = cameras.collect();
    print(&mut std::io::stdout(), &format!("{} is valid\n{cameras}", path.display()));
    Ok(())
}

fn cameras(json: bool) -> Result<(), ServerError> {
    let listing = runtime()?.block_on(discover::list());
    if json {
        let json = serde_json::to_string_pretty(&listing).expect("it has string keys only") + "\n";
        print_as_it_is(&mut std::io::stdout(), &json);
    } else {
        print(&mut std::io::stdout(), &listing.to_string());
    }
    Ok(())
}

/// The state folder that was typed, else the program's own.
fn state_of(args: &Args) -> Result<PathBuf, ServerError> {
    let folder = args.state.clone().or_else(state_folder);
    folder.ok_or_else(|| ServerError::Access("there is no state folder: give one with --state DIR".into()))
}

fn user(args: &Args, command: &UserCommand, config: Option<&Path>) -> Result<(), ServerError> {
    let file = match config {
        Some(file) => file.to_owned(),
        None => access::command::users_file(&state_of(args)?),
    };
    let done =
        access::command::user(command, &file).map_err(|error| ServerError::Access(error.to_string()))?;
    print(&mut std::io::stdout(), &format!("{done}\n"));
    Ok(())
}

fn link(
    args: &Args,
    camera: Option<&str>,
    right: Right,
    until: Option<Lifetime>,
    name: &LinkName,
    revoke: Option<&LinkName>,
) -> Result<(), ServerError> {
    let state = state_of(args)?;
    let failed = |error| ServerError::Access(format!("{}: {error}", state.display()));
    if let Some(name) = revoke {
        access::command::revoke_link(&state, name).map_err(failed)?;
        print(&mut std::io::stdout(), &format!("links called {name} give nothing any more\n"));
        return Ok(());
    }
    let camera = camera.filter(|camera| *camera != "all").map(str::to_owned);
    let seconds = until.map(|Lifetime(seconds)| seconds);
    let token = access::command::link(&state, camera, right, seconds, name.clone()).map_err(failed)?;
    print(&mut std::io::stdout(), &format!("{token}\n"));
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime, ServerError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().map_err(|error| ServerError::System { what: "cannot start threads", error })
}

fn serve(args: &Args, config: &Config) -> Result<(), ServerError> {
    let system = |what| move |error| ServerError::System { what, error };
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(system("cannot listen for signals"))?;
        let server = Server::bind(config)?;
        let addresses = Addresses {
            http: server.addresses(),
            https: server.https_addresses(),
            rtsp: server.rtsp_addresses(),
        };
        let needs_password = server.access().rules().need_password();
        print(
            &mut std::io::stdout(),
            &greeting::greeting(config, &addresses, &server.classics(), needs_password),
        );
        tracing::info!("server started: Lenscast {}", args::LONG_VERSION.replace('\n', ", "));
        let following = tokio::spawn(access_file::follow(args.clone(), server.access()));
        let (first, stop) = tokio::sync::oneshot::channel();
        let (reload, reloads) = tokio::sync::mpsc::channel(1);
        let second = async {
            let reason = stop_reason(args, &mut signals, &reload).await;
            tracing::info!("server stopping: {reason}");
            let _ = first.send(());
            while signals.next(args.config.is_some()).await == Signalled::Reload {}
        };
        let served = tokio::select! {
            served = server.run_with(async { drop(stop.await) }, reloads) => served,
            () = second => Ok(()),
        };
        following.abort();
        served
    });
    // Drops the tasks that still run, and with them the commands of sources. A thread may still block in reading
    // standard input.
    runtime.shutdown_timeout(DROPPED_WITHIN);
    served
}

/// Waits for a signal that stops the server and gives its reason; reads the configuration again until then. That happens on a
/// thread: what it asks of the file system may take for ever, and signals are obeyed meanwhile.
async fn stop_reason(
    args: &Args,
    signals: &mut Signals,
    reload: &tokio::sync::mpsc::Sender<Config>,
) -> &'static str {
    loop {
        match signals.next(args.config.is_some()).await {
            Signalled::Stop(reason) => return reason,
            Signalled::Reload => {}
        }
        let mut applied = std::pin::pin!(apply(args, reload));
        loop {
            tokio::select! {
                () = applied.as_mut() => break,
                signalled = signals.next(args.config.is_some()) => match signalled {
                    Signalled::Stop(reason) => return reason,
                    Signalled::Reload => applied.set(apply(args, reload)),
                },
            }
        }
    }
}

/// Reads the configuration and gives it to the server.
async fn apply(args: &Args, reload: &tokio::sync::mpsc::Sender<Config>) {
    let args = args.clone();
    match tokio::task::spawn_blocking(move || Config::from_args(&args)).await {
        Ok(Ok(config)) => drop(reload.send(config).await),
        Ok(Err(error)) => tracing::error!("configuration not applied: {error}"),
        Err(error) => tracing::error!("configuration not read: {error}"),
    }
}

/// Prints `text`, whose lines may hold what was typed, without credentials.
fn print(out: &mut impl std::io::Write, text: &str) {
    print_as_it_is(out, &text.lines().map(|line| redact::redacted(line) + "\n").collect::<String>());
}

/// Prints `text`. A closed standard output is no reason to fail.
fn print_as_it_is(out: &mut impl std::io::Write, text: &str) {
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
