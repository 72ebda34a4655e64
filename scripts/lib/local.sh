# What scripts/quickstart, scripts/bench and scripts/swarm share: a folder for each run, the build, a control plane and agents
# on this machine. Sourced, not run.
# The caller sets `me` (its name) and `root` (the checkout), calls `prepare`, and everything that was started here is
# stopped when the caller ends, however it ends.

run=          # this run's own folder
url=          # where the control plane serves
bootstrap=    # its credentials
java=         # the java to use
agents=()     # process ids, each the leader of a group of its own
others=()     # likewise: the build, the client
control_plane=

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$me" "$*" >&2
  exit 1
}

# Says what is missing before anything is started.
require_tools() {
  local version
  if [ -n "${JAVA_HOME:-}" ]; then java="$JAVA_HOME/bin/java"; else java=java; fi
  command -v "$java" >/dev/null || fail "no Java found${JAVA_HOME:+ in JAVA_HOME=$JAVA_HOME}: install JDK 17 or newer"
  version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p')
  [ "${version%%.*}" -ge 17 ] 2>/dev/null \
    || fail "Java ${version:-of unknown version} is too old: install JDK 17 or newer, or set JAVA_HOME to one"
  "$java" --list-modules | grep -q '^jdk\.compiler' \
    || fail "this Java has no compiler: install a JDK, not only a runtime, or set JAVA_HOME to one"
  command -v mvn >/dev/null || fail "no Maven found: install Maven 3.8.1 or newer"
  [ -w "$root" ] || fail "$root cannot be written by $(id -un): use a clone of your own"
}

# A fresh folder for this run. Those of earlier runs that have ended are removed.
prepare() {
  local old variable
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 141' PIPE
  trap 'exit 143' TERM
  trap clean_up EXIT
  require_tools
  for variable in "${!DESKWAVE_@}"; do unset "$variable"; done
  mkdir -p "$root/.quickstart"
  for old in "$root"/.quickstart/run-*; do
    if [ -f "$old/pid" ] && ! kill -0 "$(cat "$old/pid")" 2>/dev/null; then rm -rf "$old" 2>/dev/null || true; fi
  done
  run=$(mktemp -d "$root/.quickstart/run-XXXXXX")
  echo $$ >"$run/pid"
}

# Starts a program in a process group of its own, so that a Ctrl-C meant for us reaches us alone; its id is in $started.
start() {
  set -m
  "$@" </dev/null &
  started=$!
  set +m
}

# Waits for a program that ends by itself and answers its exit code. A signal for us is not kept waiting.
run_to_end() {
  local pid status=0
  start "$@"
  pid=$started
  others+=("$pid")
  wait "$pid" || status=$?
  others=()
  return "$status"
}

# Makes the jars of the modules $1 (and of what they need).
package_jars() {
  local began=$SECONDS
  say "Building; the log is $run/build.log" >&2
  run_to_end mvn -q -B -ntp -pl "$1" -am package -Dmaven.test.skip=true \
    -Dspotless.check.skip=true -Denforcer.skip=true -Djacoco.skip=true >"$run/build.log" 2>&1 || {
    grep -m 15 ERROR "$run/build.log" >&2 || tail -n 15 "$run/build.log" >&2
    fail "the build failed; the whole log is $run/build.log"
  }
  say "Built in $((SECONDS - began)) s." >&2
}

# The same, unless they are there and newer than all their sources.
package_jars_if_older() {
  local module jar
  for module in ${1//,/ }; do
    jar="$module/target/$module.jar"
    if [ ! -s "$jar" ] || [ -n "$(find pom.xml shared-protocol/pom.xml shared-protocol/src/main \
      "$module/pom.xml" "$module/src/main" -newer "$jar" -type f -print -quit)" ]; then
      package_jars "$1"
      return
    fi
  done
}

# Copies the jars of the modules $1 to $run/program: a later build must not pull the files from under what runs.
take_jars() {
  local module
  mkdir -p "$run/program"
  for module in ${1//,/ }; do cp "$module/target/$module.jar" "$run/program"; done
}

# Compiles sources against the jar $1 of $run/program into its folder $2.
compile() {
  local jar="$run/program/$1" to="$run/program/$2"
  shift 2
  run_to_end "${java%java}javac" -proc:none -cp "$jar" -d "$to" "$@" || fail "what scripts/lib holds does not compile"
}

build() {
  package_jars control-plane,desktop-agent
  take_jars control-plane,desktop-agent
  compile control-plane.jar . scripts/lib/*.java
}

# Waits until a line that begins with $3 stands in the log $2 of the process $1; at most $4 seconds.
await_line() {
  local deadline=$((SECONDS + $4))
  until grep -q "^$3" "$2" 2>/dev/null; do
    kill -0 "$1" 2>/dev/null || return 1
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

# On port $1, or on any free one when that is taken. Sets $url and $bootstrap.
start_control_plane() {
  local port log="$run/control-plane.log"
  for port in "$1" 0; do
    start "$java" -jar "$run/program/control-plane.jar" serve --host 127.0.0.1 --port "$port" \
      --data-dir "$run/control-plane" >"$log" 2>&1
    control_plane=$started
    await_line "$control_plane" "$log" 'ready http' 120 && break
    end_processes 10 "$control_plane"
    control_plane=
    grep -q 'is taken' "$log" || break
    say "Port $port is taken; taking any free one."
  done
  url=$(sed -n 's/^ready //p' "$log")
  bootstrap="$run/control-plane/bootstrap.json"
  [ -n "$url" ] && [ -s "$bootstrap" ] || {
    tail -n 20 "$log" >&2
    fail "the control plane did not start; its whole log is $log"
  }
}

# Agents with these names, all at once; returns when every one is connected.
start_agents() {
  local name log token="$run/enrollment-token"
  sed -n 's/.*"enrollment_token" *: *"\([^"]*\)".*/\1/p' "$bootstrap" >"$token"
  for name in "$@"; do
    start "$java" "@$root/desktop-agent/desktop-agent.options" -jar "$run/program/desktop-agent.jar" run \
      --home "$run/$name" --enrollment-token-file "$token" --name "$name" --power simulate >"$run/$name.log" 2>&1
    agents+=("$started")
  done
  local i=0
  for name in "$@"; do
    log="$run/$name.log"
    await_line "${agents[i]}" "$log" 'connected ' 60 || {
      tail -n 20 "$log" >&2
      fail "the agent $name did not connect; its whole log is $log"
    }
    i=$((i + 1))
  done
}

client() {
  run_to_end "$java" -XX:TieredStopAtLevel=1 -Xshare:auto -cp "$run/program:$run/program/control-plane.jar" "$@"
}

# Asks the process groups to end, and makes them after $1 seconds.
end_processes() {
  local deadline=$((SECONDS + $1)) pid
  shift
  for pid in "$@"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
  for pid in "$@"; do
    while kill -0 -- "-$pid" 2>/dev/null; do
      [ "$SECONDS" -lt "$deadline" ] || kill -KILL -- "-$pid" 2>/dev/null || true
      sleep 0.05
    done
    wait "$pid" 2>/dev/null || true
  done
}

# Scripts outlive their agent on purpose. These have nobody any more: each is known by its mark in its environment, and
# where that cannot be read, by the process id that its wrapper wrote.
end_scripts() {
  local signal folder mark file pid found
  for signal in TERM TERM TERM KILL KILL; do
    found=
    for folder in "$run"/*/runs/*/; do
      [ -d "$folder" ] || continue
      mark="DESKWAVE_RUN_ID=$(basename "$folder")"
      if [ -r /proc/self/environ ]; then
        for file in $(grep -lzsxF "$mark" /proc/[0-9]*/environ); do
          pid=${file#/proc/}
          kill "-$signal" "${pid%/environ}" 2>/dev/null && found=yes
        done
      elif [ -s "$folder/pid" ]; then
        kill "-$signal" -- "-$(cat "$folder/pid")" 2>/dev/null && found=yes
      fi
    done
    [ -n "$found" ] || return 0
    sleep 0.5
  done
}

# Processes that name this run's folder in their command lines.
leftovers() {
  local folder arguments
  for folder in /proc/[0-9]*; do
    arguments=$(tr '\0' ' ' 2>/dev/null <"$folder/cmdline") || continue
    case "$arguments" in *"$run"*) printf '  %s %.150s\n' "${folder#/proc/}" "$arguments" ;; esac
  done
}

clean_up() {
  local status=$? left
  set +e
  trap '' HUP INT PIPE TERM
  end_processes 25 "${others[@]}"
  end_processes 8 "${agents[@]}"
  [ -n "$run" ] && end_scripts
  [ -n "$control_plane" ] && end_processes 20 "$control_plane"
  if [ -n "$run" ]; then
    left=$(leftovers)
    if [ -n "$left" ]; then
      printf '%s: these processes could not be ended:\n%s\n' "$me" "$left" >&2
      [ "$status" -ne 0 ] || status=1
    fi
  fi
  exit "$status"
}
