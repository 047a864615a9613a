#!/bin/sh
# Puts unit and users where systemd looks for them; as root, after the programs
# (cmake --install build --prefix /usr).
set -eu

usage='usage: provisioning/systemd/install.sh [--root DIR]
Installs usbkeyd@.socket, usbkeyd@.service and sysusers.d/usbkeyd.conf, and makes user and group.
  --root DIR   below DIR, for a package or an image; nothing is started or made there'

root=
case ${1:-} in
--root) root=${2:?--root needs a folder} ;;
--help) echo "$usage"; exit 0 ;;
'') ;;
*) echo "$usage" >&2; exit 1 ;;
esac
here=$(dirname "$0")
for unit in usbkeyd@.socket usbkeyd@.service; do
    install -D -m 0644 "$here/$unit" "$root/usr/lib/systemd/system/$unit"
done
install -D -m 0644 "$here/usbkeyd.sysusers" "$root/usr/lib/sysusers.d/usbkeyd.conf"
[ -z "$root" ] || exit 0
systemd-sysusers usbkeyd.conf
systemctl daemon-reload
echo 'next: adduser USER usbkey; systemctl enable --now usbkeyd@NAME.socket'
