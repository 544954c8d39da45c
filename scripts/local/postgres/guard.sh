# Runs one Postgres for as long as standard input stays open, and stops it when that closes.
#
# The stack holds the other end of the pipe. However it ends, kill -9 included, the pipe closes; this
# script lives in a session of its own, so that Ctrl-C in a terminal reaches the stack alone.
#
# usage: sh -c "$(cat guard.sh)" guard <postgres> <log> <folder to remove at the end, or ''> <server option>...

server=$1 log=$2 discard=$3
shift 3
trap '' INT TERM HUP
exec 3<&0

# A signal that arrives before the server has set its handlers is lost: repeat it, then insist.
stop_server() {
  tries=0
  while kill -INT "$1" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || kill -QUIT "$1" 2>/dev/null
    sleep 0.2
  done
}

await_server() {
  while :; do
    wait "$pid"
    code=$?
    # A trapped signal ends `wait` early; the server is gone only when its process is.
    kill -0 "$pid" 2>/dev/null || return
  done
}

# Restarts a server that was killed or shut down by somebody else, as the hosted platform does. One that
# cannot start at all (exit code 1 at the first attempt) is given up.
supervise() {
  pid='' stopping='' retries=0
  trap 'stopping=yes; [ -z "$pid" ] || stop_server "$pid" &' USR1
  while [ -z "$stopping" ]; do
    "$server" "$@" >>"$log" 2>&1 </dev/null 3<&- &
    pid=$!
    [ -z "$stopping" ] || stop_server "$pid" &
    await_server
    if [ "$code" -eq 0 ] || [ "$code" -gt 128 ]; then
      retries=50
    elif [ "$retries" -gt 0 ]; then
      retries=$((retries - 1))
    else
      [ -n "$stopping" ] || exit "$code"
    fi
    [ -n "$stopping" ] || sleep 0.2
  done
}

supervise "$@" &
supervisor=$!
(
  while read -r _ <&3; do :; done
  kill -USR1 "$supervisor" 2>/dev/null
) &
watcher=$!

wait "$supervisor"
code=$?
kill -KILL "$watcher" 2>/dev/null
# A server that could not start leaves its log to the stack, which says why and removes the rest.
[ -z "$discard" ] || [ "$code" -ne 0 ] || rm -rf "$discard"
exit "$code"
