package io.deskwave.control.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Hosts in network namespaces of their own, on segments that are bridges here. For root on Linux. */
final class Namespaces implements AutoCloseable {
    private final String mark = "dw" + ProcessHandle.current().pid() % 100_000;
    private final List<List<String>> undo = new ArrayList<>();
    private int links;

    /** Why there can be none; empty when there can. */
    static String missing() {
        String probe = "dwprobe" + ProcessHandle.current().pid();
        try {
            if (run(List.of("ip", "netns", "add", probe)) != 0) {
                return "ip netns add is not allowed here: run as root, with the right to change networks";
            }
            return run(List.of("ip", "netns", "del", probe)) == 0 ? "" : "ip netns del failed";
        } catch (UncheckedIOException e) {
            return "there is no program ip: install iproute2";
        }
    }

    /** A segment, with an address of this machine in it. */
    String segment(String address) {
        String bridge = mark + "b" + links++;
        ip("link", "add", bridge, "type", "bridge");
        undo.add(List.of("link", "del", bridge));
        ip("addr", "add", address + "/24", "brd", "+", "dev", bridge);
        ip("link", "set", bridge, "up");
        return bridge;
    }

    /** A host on a segment, with one card; its name is what {@code ip netns exec} takes. */
    String host(String segment, String mac, String address) {
        String host = mark + "h" + links++;
        String cable = host + "c";
        ip("netns", "add", host);
        undo.add(List.of("netns", "del", host));
        ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "address", mac, "netns", host);
        ip("link", "set", cable, "master", segment);
        ip("link", "set", cable, "up");
        ip("-n", host, "link", "set", "lo", "up");
        ip("-n", host, "addr", "add", address + "/24", "brd", "+", "dev", "eth0");
        ip("-n", host, "link", "set", "eth0", "up");
        return host;
    }

    private static void ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        if (run(command) != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed");
        }
    }

    private static int run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        for (int i = undo.size() - 1; i >= 0; i--) {
            List<String> command = new ArrayList<>(List.of("ip"));
            command.addAll(undo.get(i));
            if (run(command) != 0) {
                System.err.println(String.join(" ", command) + " failed");
            }
        }
    }
}
