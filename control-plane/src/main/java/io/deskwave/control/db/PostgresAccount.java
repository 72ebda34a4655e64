package io.deskwave.control.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * As whom PostgreSQL's programs run, and the small wrappers they are started through. An ordinary user runs them as
 * itself. PostgreSQL refuses uid 0, so root runs them in a user namespace, where it is nobody and yet owns its files, or,
 * where namespaces are forbidden, as the owner of the data folder with the one capability that passes closed folders.
 *
 * @param wrapper what stands before the program in the command line
 * @param owner the uid that must own the data folder
 */
record PostgresAccount(List<String> wrapper, int owner) {
    private static final int NOBODY = 65534;
    private static final String MAY_ENTER_FOLDERS = "+dac_override";

    PostgresAccount {
        wrapper = List.copyOf(wrapper);
    }

    /** The account for a data folder, which need not exist yet; {@code folder} is the existing one that it will be in. */
    static PostgresAccount forData(Path folder, Path data) throws IOException {
        int self = owner(Path.of("/proc/self"));
        if (self != 0) {
            return new PostgresAccount(List.of(), self);
        }
        int present = Files.exists(data) ? owner(data) : 0;
        PostgresAccount namespace = new PostgresAccount(List.of("unshare", "-U"), 0);
        if (present == 0 && namespace.canWrite(Files.exists(data) ? data : folder)) {
            return namespace;
        }
        PostgresAccount other = dropTo(present == 0 ? NOBODY : present);
        if (other.canWrite(folder)) {
            return other;
        }
        throw new DatabaseFault(
                "PostgreSQL does not run as root, and neither unshare nor setpriv works here: start the "
                        + "control plane as an ordinary user, or name a PostgreSQL 14 or newer with --database-url");
    }

    private static PostgresAccount dropTo(int uid) {
        String id = Integer.toString(uid);
        return new PostgresAccount(
                List.of(
                        "setpriv",
                        "--reuid=" + id,
                        "--regid=" + id,
                        "--clear-groups",
                        // Lets access(2), by which PostgreSQL looks for its own files, see the capability too.
                        "--securebits=+no_setuid_fixup",
                        "--inh-caps=" + MAY_ENTER_FOLDERS,
                        "--ambient-caps=" + MAY_ENTER_FOLDERS),
                uid);
    }

    /** A program that ends by itself. */
    List<String> command(List<String> program) {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(program);
        return command;
    }

    /**
     * A server: in a session of its own, so that a Ctrl-C meant for us does not reach it, and ended by the kernel when the
     * thread that starts it dies. Both are left out where the tools are absent.
     */
    List<String> serverCommand(List<String> program) throws IOException {
        List<String> command = new ArrayList<>();
        if (works(List.of("setsid", "true"))) {
            command.add("setsid");
        }
        command.addAll(wrapper);
        List<String> endWithParent = List.of("setpriv", "--pdeathsig", "INT");
        if (works(Stream.concat(endWithParent.stream(), Stream.of("true")).toList())) {
            command.addAll(endWithParent);
        }
        command.addAll(program);
        return command;
    }

    /** Hands a tree over to the account. */
    void own(Path root) throws IOException {
        if (owner(root) == owner) {
            return;
        }
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path path : (Iterable<Path>) walk::iterator) {
                Files.setAttribute(path, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(path, "unix:gid", owner, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    private boolean canWrite(Path folder) throws IOException {
        return works(command(List.of("sh", "-c", "test \"$(id -u)\" != 0 && test -w \"$0\"", folder.toString())));
    }

    private static boolean works(List<String> command) throws IOException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor(10, TimeUnit.SECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException absent) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static int owner(Path path) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, "unix:uid");
        return (Integer) Objects.requireNonNull(attributes.get("uid"));
    }
}
