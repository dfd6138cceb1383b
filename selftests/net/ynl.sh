#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The ordinary YNL command-line tool drives the family with our specification.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/config.sh"

src=${BTNS_CACHE:-/var/cache/btns}/source-6.12
if [ ! -e "$src/tools/net/ynl/cli.py" ]; then
	echo "1..0 # SKIP no YNL: run scripts/source.sh"
	exit 4
fi

# The tool reads and checks the specification each time it is started: it stays, and runs
# one command line after another.
cat > "$TMP/ynl.py" <<'END'
import builtins, contextlib, copy, io, shlex, sys
sys.path.insert(0, sys.argv[1])
import cli, yaml
common, load, read = sys.argv[2:], yaml.safe_load, {}
def load_once(stream):
    text = stream.read()
    if text not in read:
        read[text] = load(text)
    return copy.deepcopy(read[text])
yaml.safe_load = load_once
builtins.exit = sys.exit	# the other one closes stdin
for line in sys.stdin:
    sys.argv = ["cli.py"] + common + shlex.split(line)
    said, status = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            cli.main()
        except SystemExit as e:
            status = e.code or 0
        except Exception as e:
            print(e)
            status = 1
    print(status, " ".join(said.getvalue().split()), flush=True)
END
mkfifo "$TMP/ynl.in" "$TMP/ynl.out"
env ip netns exec $N /usr/bin/python3 "$TMP/ynl.py" "$src/tools/net/ynl" --output-json \
	--spec "$TOP/Documentation/netlink/specs/btns.yaml" \
	--schema "$src/Documentation/netlink/genetlink-c.yaml" < "$TMP/ynl.in" > "$TMP/ynl.out" &
_pids+=($!)
exec {to}> "$TMP/ynl.in" {from}< "$TMP/ynl.out"

# ynl ARGUMENT...
ynl() {
	local status said

	printf '%q ' "$@" >&$to
	echo >&$to
	read -r -t 60 status said <&$from || return
	echo "$said"
	return "$status"
}

child='[{"start": "c6336400", "end": "c63364ff"}]'
check "a configuration: begin, add, commit" ynl --multi config-begin '{}' \
	--multi pad-add '{"pad": {"name": "any", "match": "any", "child-any": true}}' \
	--multi pad-add "{\"pad\": {\"name\": \"q\", \"match\": \"id\", \"id-type\": \"fqdn\", \"id-data\": \"$(hex q.example)\", \"spki\": [\"$(spki 1)\"], \"child\": $child}}" \
	--multi spd-add '{"spd": {"name": "all", "class": "private", "btns-ok": true, "suite": [{"encr": 20, "encr-bits": 256}, {"encr": 28}]}}' \
	--multi config-commit '{}'
_said "pad-get" '*"name": "q", "match": "id"*"name": "any", "match": "any"*' \
	"$(ynl --dump pad-get 2>&1)"
_said "spd-get" '*"name": "all"*"class": "private"*"mode": "transport"*' \
	"$(ynl --dump spd-get 2>&1)"
_said "peer-authorize" '*"auth": "btns", "trust": "unverified"*"pad-entry": "any"*' \
	"$(ynl --do peer-authorize --json "{\"peer\": {\"type\": \"key-id\", \"data\": \"01\", \"spki\": \"$(spki 9)\", \"auth-method\": 14}}" 2>&1)"
_said "child-narrow" '*"spd-entry": '"$(spd all)"'*"class": "private"*' \
	"$(ynl --do child-narrow --json "{\"peer\": {\"type\": \"key-id\", \"data\": \"01\", \"spki\": \"$(spki 9)\", \"auth-method\": 14}, \"mode\": \"transport\", \"local-ts\": [{\"start\": \"c0000201\"}], \"remote-ts\": [{\"start\": \"c0000202\"}], \"outer-local\": \"c0000201\", \"outer-peer\": \"c0000202\"}" 2>&1)"
_said "a refusal shows the kernel's sentence" "*no PAD entry matches the peer*" \
	"$(ynl --do peer-authorize --json '{"peer": {"type": "null", "data": "", "auth-method": 13}}' 2>&1)"
_said "stats-get" '*"name": "peer_refused", "value": 1*' "$(ynl --do stats-get --json '{}' 2>&1)"
for d in sa-get acquire-get holdoff-get latch-get identity-get; do
	_said "$d" "*[[]*" "$(ynl --dump $d 2>&1)"
done
check "flush" ynl --do flush --json '{"flush": ["config"]}'
equal "PAD and SPD are empty" "$(state)" ""
done_testing
