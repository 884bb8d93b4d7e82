#!/bin/sh
# corpora.sh [FOLDER] - unpack pictures of Debian packages for png_bench, without installing them.
#
# Makes FOLDER (build/corpora by default) with wall.list, shot.list and icon.list,
# one path a line: wallpapers, screenshots of manuals, and icons, each file
# chosen by the hash of its path, so the lists are the same for the same packages.
set -eu
folder=${1:-build/corpora}
packages="desktop-base plasma-workspace-wallpapers mate-backgrounds lxqt-themes
          debian-handbook gimp-help-en gnome-user-docs
          adwaita-icon-theme oxygen-icon-theme faenza-icon-theme"
mkdir -p "$folder/deb" "$folder/root"
folder=$(cd "$folder" && pwd)
for package in $packages; do
    if ! ls "$folder/deb/${package}_"*.deb >/dev/null 2>&1; then
        (cd "$folder/deb" && apt-get download -qq "$package" >/dev/null 2>&1) ||
            { echo "corpora.sh: cannot download $package, going on without" >&2; continue; }
    fi
    dpkg-deb -x "$folder/deb/${package}_"*.deb "$folder/root"
done
cd "$folder/root"
pngs() {
    for place in "$@"; do
        [ ! -d "$place" ] || find "$place" -type f -name '*.png'
    done | LC_ALL=C sort
}
# by_hash MINIMUM_BYTES COUNT: of the paths read, those of large enough files, in hash order
by_hash() {
    while read -r file; do
        [ "$(stat -c %s "$file")" -lt "$1" ] ||
            echo "$(echo "$file" | md5sum | cut -c1-16) $folder/root/$file"
    done | LC_ALL=C sort | head -n "$2" | cut -d' ' -f2-
}
pngs usr/share/wallpapers usr/share/backgrounds usr/share/lxqt usr/share/desktop-base |
    by_hash 500000 24 >"$folder/wall.list"
pngs usr/share/doc usr/share/gimp usr/share/help | by_hash 60000 40 >"$folder/shot.list"
pngs usr/share/icons | by_hash 1 1000 >"$folder/icon.list"
wc -l "$folder"/*.list
