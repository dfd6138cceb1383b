#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The installed systemd units: a systemd of its own, in a PID namespace, starts
# them with all their hardening.
#
#	[ systemd: btnsd.service ]	first network namespace
#	[ systemd: btnsd@x.service ]	namespace x
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

plan 18
check "make install" make -s -C "$TOP" -f packaging/install.mk install-files PREFIX=/usr \
	DESTDIR="$TMP/root"
cp -r "$TMP/root/." /
# before a drop-in makes it another unit
check "the unit's exposure is 2.6 at most" systemd-analyze security --offline=true \
	--no-pager --threshold=26 /etc/systemd/system/btnsd.service
getent passwd btns > /dev/null ||
	useradd --system --no-create-home --shell /usr/sbin/nologin --user-group btns
key=/etc/btns/key.pem
log=/run/btnsd.log
rm -f $key

host x
# Nothing of this machine's own services is wanted.
mkdir -p /run/systemd/system
for unit in btnsd.service btnsd@.service; do
	mkdir -p "/run/systemd/system/$unit.d"
	cat > "/run/systemd/system/$unit.d/test.conf" <<-END
	[Unit]
	DefaultDependencies=no
	[Service]
	StandardOutput=append:$log
	StandardError=append:$log
	END
done
printf '[Unit]\nDefaultDependencies=no\n' > /run/systemd/system/btns-test.target
container=btns setsid unshare --pid --fork --mount --mount-proc --kill-child \
	/lib/systemd/systemd --system --unit=btns-test.target --log-target=console \
	--show-status=no < /dev/null > "$TMP/systemd" 2>&1 &
_pids+=($!)

# in_systemd COMMAND...: beside its first process
in_systemd() { nsenter --target "$first" --mount --pid "$@"; }
find_first() { first=$(pgrep -f -- '^/lib/systemd/systemd .*--unit=btns-test.target' | head -n 1) && [ -n "$first" ]; }
property() { in_systemd systemctl show --property "$2" --value "$1"; }
is() { [ "$(property "$1" "$2")" = "$3" ]; }
main_pid() { in_systemd cat "/proc/$(property "$1" MainPID)/status"; }
status_of() { main_pid "$1" | awk -v k="$2:" '$1 == k { print $2 }'; }

up() {
	local end=$((SECONDS + 60))

	until find_first && in_systemd systemctl list-units > /dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { cat "$TMP/systemd"; return 1; }
		sleep 0.1
	done
}
if up; then
	ok "systemd is up"
else
	not_ok "systemd is up" "$(cat "$TMP/systemd")"
	done_testing
fi

check "btnsd.service starts" in_systemd systemctl start btnsd.service ||
	diag "$(cat $log)"
equal "and says that it is ready" "$(property btnsd ActiveState)/$(property btnsd SubState)" \
	active/running
equal "the key is made, and for root only" "$(stat -c '%U %a' $key)" "root 600"
equal "the daemon is not root" "$(status_of btnsd Uid)" "$(id -u btns)"
# CAP_NET_ADMIN is bit 12
equal "it has one capability" "$(status_of btnsd CapEff)" 0000000000001000
equal "it cannot get others" "$(status_of btnsd CapBnd) $(status_of btnsd NoNewPrivs)" \
	"0000000000000000 1"
equal "its system calls are filtered" "$(status_of btnsd Seccomp)" 2
check "btnsctl talks to it" btnsctl
check "it reloads" in_systemd systemctl reload btnsd.service
before=$(property btnsd MainPID)
# not the sockets' own
policies() { ip xfrm policy | grep -c '^[[:space:]]dir '; }
had=$(policies)
in_systemd kill -KILL "$before"
restarted() { is btnsd SubState running && ! is btnsd MainPID "$before"; }
check "killed, it comes back" wait_for 60 restarted
in_systemd systemctl stop btnsd.service
check "it had installed policies" [ "$had" -gt 0 ]
equal "stopped, it leaves them to the kernel" "$(policies)" "$had"

check "btnsd@x.service starts" in_systemd systemctl start btnsd@x.service ||
	diag "$(cat $log)"
equal "in the namespace x" "$(ip netns identify "$(pgrep -o -f -- '--instance x$')")" x
check "with a key and a control socket of its own" \
	sh -c "test -s /etc/btns/x/key.pem && btnsctl --control /run/btns/x/control"
in_systemd systemctl stop btnsd@x.service
done_testing
