// The page of access: sets the first password, says who has logged in, makes, lists and revokes links.
//
//   api/v1/access ─┬─ nobody has a password ──► the form that sets one
//                  └─ else ──► who is logged in ─┬─ may change the server ──► links (api/v1/links)
//                                                └─ log out

import './style/base.css';
import './style/access.css';
import { askAccess } from './ui/access_line';
import { el, setText } from './ui/dom';
import { camerasIn } from './ui/grid_link';
import { addressOf, linksIn, mayMakeLinks, type AccessInfo, type Link } from './wire/access';

const DAY_S = 24 * 60 * 60;
/** For how long a link may work: the choices, in seconds. */
const LIFETIMES: readonly (readonly [label: string, seconds: number | null])[] = [
  ['1 day', DAY_S],
  ['1 week', 7 * DAY_S],
  ['30 days', 30 * DAY_S],
  ['1 year', 365 * DAY_S],
  ['for ever', null],
];
const CHOSEN_LIFETIME = 2;
/** What each right lets somebody do. */
const RIGHTS: Readonly<Record<string, string>> = {
  view: 'watch',
  control: 'watch and steer cameras',
  admin: 'change everything',
};

const status = el('p', { role: 'status' });
const main = el('main', {});
document.body.append(main);
void start();

async function start(): Promise<void> {
  const access = await askAccess('');
  if (!access) {
    main.replaceChildren(
      el('h1', {}, 'Access'),
      el('p', {}, 'The server gives no answer. Load the page again.'),
    );
  } else if (!access.needsPassword) {
    main.replaceChildren(...firstPassword());
  } else {
    main.replaceChildren(...whoIsHere(access), ...(mayMakeLinks(access) ? await linkSection() : []));
  }
}

function firstPassword(): HTMLElement[] {
  const name = field('Name', {
    name: 'name',
    autocomplete: 'username',
    autocapitalize: 'none',
    required: true,
  });
  const password = field('Password', {
    name: 'password',
    type: 'password',
    autocomplete: 'new-password',
    required: true,
  });
  const form = el('form', {}, name, password, el('button', { class: 'main' }, 'Set the password'));
  submits(form, async (data) => {
    const body = { name: text(data, 'name'), password: text(data, 'password') };
    if (await send('POST', 'api/v1/access', body)) await start();
  });
  return [
    el('h1', {}, 'Set a password'),
    el(
      'p',
      {},
      'Everyone on this network can watch. With a password, every address of this server asks for it.',
    ),
    form,
    status,
    el('p', { class: 'quiet' }, 'Or on the server: ', el('code', {}, 'lenscast user add NAME --may admin')),
  ];
}

function whoIsHere({ user, right }: AccessInfo): HTMLElement[] {
  const who =
    user === null
      ? 'You watch by a link.'
      : `You are logged in as ${user}, who may ${RIGHTS[right] ?? right}.`;
  const leave = el('form', { method: 'post', action: 'logout' }, el('button', {}, 'Log out'));
  const enter = el('p', {}, el('a', { href: 'login' }, 'Log in'));
  const back = el('p', {}, el('a', { href: './' }, 'Back to the cameras'));
  return [el('h1', {}, 'Access'), el('p', {}, who), user === null ? enter : leave, back];
}

/** The form that makes links, and the list of those that work. */
async function linkSection(): Promise<HTMLElement[]> {
  const cameras = camerasIn(await read('api/v1/status'));
  const list = el('ul', { class: 'links', 'aria-label': 'Links' });
  const form = el(
    'form',
    { class: 'wide' },
    field('Name', {
      name: 'name',
      required: true,
      maxlength: '32',
      pattern: '[a-z0-9_\\-]+',
      title: 'Lower-case letters, digits, - and _',
      autocapitalize: 'none',
    }),
    choice('Camera', 'camera', [...cameras.map((name) => [name, name] as const), ['All cameras', '']]),
    choice(
      'It may',
      'right',
      Object.entries(RIGHTS).map(([right, what]) => [what, right] as const),
    ),
    choice(
      'It works',
      'lifetime',
      LIFETIMES.map(([label], at) => [label, String(at)] as const),
      CHOSEN_LIFETIME,
    ),
    el('button', { class: 'main' }, 'Make a link'),
  );
  submits(form, async (data) => {
    const camera = text(data, 'camera');
    const seconds = LIFETIMES[Number(text(data, 'lifetime'))]?.[1] ?? null;
    const wanted = {
      name: text(data, 'name'),
      right: text(data, 'right'),
      ...(camera === '' ? {} : { camera }),
      ...(seconds === null ? {} : { expires_in_s: seconds }),
    };
    if (!(await send('POST', 'api/v1/links', wanted))) return;
    form.reset();
    await fill(list);
  });
  await fill(list);
  return [
    el('h2', {}, 'Links'),
    el(
      'p',
      {},
      'Who has a link needs no password: for a tablet on the wall, a picture on another page, a player.',
    ),
    form,
    status,
    list,
  ];
}

async function fill(list: HTMLElement): Promise<void> {
  const links = linksIn(await read('api/v1/links'));
  list.replaceChildren(...links.map((link) => row(link, () => void fill(list))));
}

function row(link: Link, changed: () => void): HTMLElement {
  const address = el('input', {
    readonly: true,
    value: addressOf(link, document.baseURI),
    'aria-label': `Address of ${link.name}`,
  });
  const copy = el('button', { type: 'button' }, 'Copy');
  copy.addEventListener(
    'click',
    () => void copyFrom(address).then((done) => setText(status, said(done, link))),
  );
  const revoke = el('button', { type: 'button', 'aria-label': `Revoke ${link.name}` }, 'Revoke');
  revoke.addEventListener('click', () => {
    if (!confirm(`${link.name} stops working at once, for good. Revoke it?`)) return;
    void send('DELETE', `api/v1/links/${link.name}`).then((done) => done && changed());
  });
  const until =
    link.expiresAt === null ? 'for ever' : `until ${new Date(link.expiresAt * 1000).toLocaleString()}`;
  const what = `${link.camera ?? 'all cameras'} · ${RIGHTS[link.right] ?? link.right} · ${until}`;
  return el('li', {}, el('b', {}, link.name), el('span', { class: 'quiet' }, what), address, copy, revoke);
}

function said(done: boolean, { name }: Link): string {
  return done ? `The address of ${name} is copied.` : 'The browser does not copy: the address is selected.';
}

/** Browsers give the clipboard to secure pages alone; others still have the old command. */
async function copyFrom(input: HTMLInputElement): Promise<boolean> {
  input.select();
  try {
    if (isSecureContext) await navigator.clipboard.writeText(input.value);
    return isSecureContext || document.execCommand('copy');
  } catch {
    return false;
  }
}

/** Sends a request that changes something, and shows why it was refused. */
async function send(method: string, address: string, body?: object): Promise<boolean> {
  try {
    const response = await fetch(address, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    setText(status, response.ok ? '' : (await response.text()).trim());
    return response.ok;
  } catch {
    setText(status, 'The server cannot be reached.');
    return false;
  }
}

async function read(address: string): Promise<unknown> {
  try {
    const response = await fetch(address, { cache: 'no-store' });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function submits(form: HTMLFormElement, act: (data: FormData) => Promise<void>): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void act(new FormData(form));
  });
}

function text(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

function field(label: string, attributes: Record<string, string | boolean>): HTMLElement {
  return el('label', {}, label, el('input', attributes));
}

function choice(
  label: string,
  name: string,
  options: readonly (readonly [label: string, value: string])[],
  chosen = 0,
): HTMLElement {
  const all = options.map(([shown, value], at) => el('option', { value, selected: at === chosen }, shown));
  return el('label', {}, label, el('select', { name }, ...all));
}
