#!/bin/sh
# What `make` needs done once on a fresh machine, from package registries alone:
#   setup.sh environment          .venv with exactly what requirements.lock says, and the studio itself, editable
#   setup.sh libraries run|test   the system libraries a window and a sound card need (and those of the tests)
#   setup.sh lock [--upgrade]     requirements.lock anew
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never
export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-300}"
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}" # trust whom the system trusts, as pip does

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 2; }
is_root() { [ "$(id -u)" -eq 0 ]; }
has() { command -v "$1" >/dev/null 2>&1; }

apt_install() {
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1
}

# A version manager's shims may be on PATH and refuse to run: each candidate is tried, its own folders come last.
find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 /usr/bin/python3 /usr/local/bin/python3 \
        "${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}"/versions/3.1[123].*/bin/python3; do
        if fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

need_python() {
    python=$(find_python) && return
    if is_root && has apt-get; then
        say "Installing Python through apt ..."
        apt_install python3 python3-pip
        python=$(find_python) && return
    fi
    fail "Voice Agent Studio needs Python 3.11 to 3.13: install one, or name it: make run PYTHON=/path/to/python3."
}

# pip refuses to touch a system's own Python, but not to fill a folder of ours.
# A machine that is told where its registry is, is usually told so for pip.
need_uv() {
    index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$index" ]; then
        export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
    fi
    for uv in uv .setup/uv/bin/uv; do
        if "$uv" --version >/dev/null 2>&1; then
            return
        fi
    done
    say "Installing uv into .setup/uv ..."
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        is_root && has apt-get || fail "$python has no pip: install python3-pip, or uv itself, and try again."
        apt_install python3-pip
    fi
    "$python" -m pip install --quiet --root-user-action=ignore --target .setup/uv uv
}

environment() {
    mkdir -p .setup
    need_python
    need_uv
    if ! fits .venv/bin/python; then
        say "Creating .venv with $python ..."
        rm -rf .venv
        "$uv" venv --quiet --python "$python" .venv
    fi
    say "Installing what requirements.lock pins ..."
    "$uv" pip sync --python .venv/bin/python --require-hashes requirements.lock
    "$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
}

libraries() {
    mkdir -p .setup
    missing=$(.venv/bin/python -m studio.app.libraries "$1")
    if [ -n "$missing" ] && is_root && has apt-get; then
        say "Installing system libraries through apt ..."
        # shellcheck disable=SC2086 # one package a word
        apt_install $missing || say "apt could not install them all."
        missing=$(.venv/bin/python -m studio.app.libraries "$1")
    fi
    [ -z "$missing" ] || fail "Please install these system packages (Debian's names) and try again:" $missing
}

lock() {
    need_python
    need_uv
    "$uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras --group dev \
        --generate-hashes -o requirements.lock "$@"
}

command=$1
shift
case "$command" in
    environment | libraries | lock) "$command" "$@" ;;
    *) fail "setup.sh: environment, libraries or lock, not $command" ;;
esac
