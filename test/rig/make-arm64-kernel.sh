#!/bin/bash
# Builds the kernel of the arm64 machine once, and prints its path; everything else it says goes to stderr.
#
#   make-arm64-kernel.sh 4k|16k     the size of its pages: 4k is what most boards have, 16k what a Raspberry Pi 5 has
#
# It is Debian's own kernel source, built on x64 by a cross compiler; Debian's own kernel has no simulated GPIO chips. It
# is cached as make-rig.sh does it: by the hash of this file, arm64.config and the size of the pages.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pages=$1
hash=$( (cat "$here/make-arm64-kernel.sh" "$here/arm64.config"; echo "$pages") | sha256sum | cut -c1-16)
cache=${HOLDFAST_RIG_CACHE:-${HOME:-/root}/.cache/holdfast-rig}
kernel=$cache/arm64-$hash/Image
source=linux-source-6.12

if [ -f "$kernel" ]; then echo "$kernel"; exit 0; fi

say() { echo "make-arm64-kernel: $*" >&2; }
log=$(mktemp)
work=
trap 'rm -rf "$log" "$work"' EXIT
run() { "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; say "failed: $*"; exit 1; }; }

# Two suites may want the kernel at once: the second waits for the first, and finds it done.
mkdir -p "$cache/arm64-$hash"
exec 9>"$cache/arm64-$hash/lock"
flock 9
if [ -f "$kernel" ]; then echo "$kernel"; exit 0; fi

work=$(mktemp -d "$cache/arm64-$hash/build.XXXXXX")
tools=(build-essential gcc-aarch64-linux-gnu flex bison bc xz-utils perl)
say "apt-get install ${tools[*]}"
run apt-get update
DEBIAN_FRONTEND=noninteractive run apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${tools[@]}"

say "fetching and unpacking $source (150 MB, 1.6 GB unpacked)"
cd "$work"
# apt's own user may not write here; without this it says so for each file.
run apt-get -o APT::Sandbox::User="$(id -un)" download "$source"
dpkg-deb --fsys-tarfile "$source"_*.deb | tar x --strip-components=3 "./usr/src/$source.tar.xz"
tar xJf "$source.tar.xz"
rm "$source"_*.deb "$source.tar.xz"
cd "$source"

(cat "$here/arm64.config"; echo "CONFIG_ARM64_${pages^^}_PAGES=y") >"$work/wanted"
make_it() { run nice -n 10 make ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- O="$work/out" "$@"; }
make_it KCONFIG_ALLCONFIG="$work/wanted" allnoconfig
# What depends on something that is not there is left out without a word: the machine would boot, and lack it.
while read -r wish; do
  [[ $wish = *=n ]] || grep -qxF "$wish" "$work/out/.config" || { say "$source does not know $wish"; exit 1; }
done <"$work/wanted"

say "building with pages of $pages on $(nproc) cores"
make_it -j"$(nproc)" Image

# One rename makes it appear: a build that was interrupted leaves nothing that looks like a kernel.
mv "$work/out/arch/arm64/boot/Image" "$kernel"
say "$kernel after $SECONDS s"
echo "$kernel"
