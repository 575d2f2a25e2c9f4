#!/usr/bin/env bash
# Install what is missing of debian-packages.txt for the purposes named (build, run, test).
# As root it installs; as anybody else it prints the one line to type and goes on: what is missing may not be needed.
set -euo pipefail
cd "$(dirname "$0")"

if [ "$#" -eq 0 ]; then
    echo "usage: $0 PURPOSE… (build, run, test)" >&2
    exit 2
fi
if ! command -v dpkg-query >/dev/null; then
    echo "This is not a Debian system: see packaging/linux/debian-packages.txt for what Carrel needs." >&2
    exit 0
fi

missing=()
while read -r package purpose; do
    case " $* " in *" $purpose "*) ;; *) continue ;; esac
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done < <(grep -Ev '^(#|$)' debian-packages.txt)

[ "${#missing[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    printf 'Missing Debian packages. Type this, then start again:\n    sudo apt-get install %s\n' "${missing[*]}" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
