/// The small shell program that stands between us and the server, so that the server never outlives us.
///
/// We hold the write end of its standard input and never write: end of file means that we are done with the server or
/// that we are dead (kill -9 included). It then ends the server politely, and hard after ten seconds. It runs in a
/// session of its own, so a Ctrl-C at the terminal reaches us alone and the order of the shutdown stays ours. The
/// first line of its output is the server's process id; it exits with the server's status.
///
/// A parent-death signal would not do: it fires when the *thread* that started the child ends.
package enum Guardian {
    package static let shell = "sh"

    /// `$@` is the server's command. The TERM trap keeps the guardian alive until the server is gone; children have
    /// it reset.
    package static let script = """
        trap : TERM INT HUP
        exec 3<&0
        "$0" -c 'echo "$$"; exec "$@"' server "$@" </dev/null 3<&- &
        server=$!
        (
            trap - TERM INT HUP
            read -r _ <&3
            kill -TERM "$server" || exit
            tries=0
            while [ "$tries" -lt 100 ] && kill -0 "$server"; do
                sleep 0.1
                tries=$((tries + 1))
            done
            kill -KILL "$server"
        ) >/dev/null 2>&1 &
        watch=$!
        exec 3<&-
        while :; do
            wait "$server"
            status=$?
            kill -0 "$server" 2>/dev/null || break
        done
        kill -KILL "$watch" 2>/dev/null
        exit "$status"
        """

    package static func arguments(executable: String, _ arguments: [String]) -> [String] {
        ["-c", script, shell, executable] + arguments
    }
}
