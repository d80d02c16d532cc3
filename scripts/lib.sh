# shellcheck shell=bash
# What several scripts need; it is sourced, not run.

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# Installs Debian packages that are missing. Each is written as PROGRAM:PACKAGE, what to look for and where it is: a program's
# name, or the path of a file (a pattern) where the package has no program.
install_packages() {
    local missing=() pair
    for pair in "$@"; do
        is_there "${pair%%:*}" || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "missing here: ${missing[*]} (the names of Debian's packages)" >&2
        return 1
    fi
    echo "installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

is_there() {
    case $1 in
        /*) compgen -G "$1" >/dev/null ;;
        *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
    esac
}

# What a build needs, in the form that install_packages takes. Without nasm OpenH264 is built as plain C, and encoding takes 1.6 times as long.
build_packages=(cc:gcc g++:g++ nasm:nasm node:nodejs npm:npm)
export build_packages

# Prints the newest of these files; fails if there is none.
newest() {
    local file newest=
    for file in "$@"; do
        if [ -e "$file" ] && { [ -z "$newest" ] || [ "$file" -nt "$newest" ]; }; then newest=$file; fi
    done
    [ -n "$newest" ] && echo "$newest"
}

# Prints the name of this machine's release of Debian.
debian_release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }
