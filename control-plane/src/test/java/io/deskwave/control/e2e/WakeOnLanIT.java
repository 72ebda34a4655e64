package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Real agents on hosts in network namespaces: two and a sleeper on one segment, a fourth on another. What arrives at the
 * sleeper's card is taken off the wire.
 */
final class WakeOnLanIT {
    private static final String SLEEPER_MAC = "52:54:00:d3:5c:03";
    private static final Map<String, String> SENDERS =
            Map.of("10.231.81.2", "52:54:00:d3:5c:01", "10.231.81.4", "52:54:00:d3:5c:02");
    private static final int ETHERNET = 14;
    private static final int IP = 20;
    private static final int UDP = 8;
    private static final HexFormat HEX = HexFormat.of();

    private static Namespaces namespaces;
    private static Installation installation;
    private static String sleeperHost;
    private static Program atTheSleeper;
    private static Program elsewhere;

    @BeforeAll
    static void start() throws IOException {
        String missing = Namespaces.missing();
        if (!missing.isEmpty()) {
            System.err.println("NOT RUN: WakeOnLanIT, " + missing);
        }
        assumeTrue(missing.isEmpty(), missing);
        namespaces = new Namespaces();
        String segment = namespaces.segment("10.231.81.1");
        String other = namespaces.segment("10.231.82.1");
        String first = namespaces.host(segment, "52:54:00:d3:5c:01", "10.231.81.2");
        String second = namespaces.host(segment, "52:54:00:d3:5c:02", "10.231.81.4");
        sleeperHost = namespaces.host(segment, SLEEPER_MAC, "10.231.81.3");
        String stranger = namespaces.host(other, "52:54:00:d3:5c:04", "10.231.82.2");
        installation = new Installation(false, Map.of("DESKWAVE_HOST", "0.0.0.0", "DESKWAVE_ALLOW_INSECURE", "true"));
        startAgent("first", first, "10.231.81.1");
        startAgent("second", second, "10.231.81.1");
        startAgent("stranger", stranger, "10.231.82.1");
        startAgent("sleeper", sleeperHost, "10.231.81.1");
        atTheSleeper = capture(sleeperHost);
        elsewhere = capture(stranger);
    }

    @AfterAll
    static void stop() {
        for (Program capture : Arrays.asList(atTheSleeper, elsewhere)) {
            if (capture != null) {
                capture.signal("KILL");
            }
        }
        if (installation != null) {
            installation.close();
        }
        if (namespaces != null) {
            namespaces.close();
        }
    }

    private static List<String> inside(String host) {
        return List.of("ip", "netns", "exec", host);
    }

    private static void startAgent(String name, String host, String controlPlane) {
        List<String> surrounding = new ArrayList<>(inside(host));
        surrounding.addAll(List.of("env", "DESKWAVE_ENDPOINT=http://" + controlPlane + ":" + installation.port()));
        installation.startAgent(name, Installation.agentProgram(surrounding));
        Eventually.holds(30, () -> desktop(name).encode().contains("52:54:00:d3:5c"), () -> desktop(name)
                .encodePrettily());
    }

    private static Program capture(String host) {
        List<String> program = new ArrayList<>(inside(host));
        program.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                Path.of("..", "desktop-agent", "target", "desktop-agent.jar").toString(),
                Path.of("src", "test", "resources", "e2e", "FrameCapture.java").toString()));
        Program capture = Program.start(installation.folder, "capture-" + host, program, Map.of());
        assertThat(capture.awaitLine("capturing ")).isEqualTo("here");
        return capture;
    }

    private static JsonObject desktop(String name) {
        return installation
                .call("GET", "/desktops/" + installation.id(name), null)
                .getJsonObject("desktop");
    }

    private static void putToSleep() {
        installation.agent("sleeper").signal("TERM");
        installation.agent("sleeper").awaitEnd(30);
        Eventually.holds(30, () -> !desktop("sleeper").getBoolean("connected"), () -> "still connected");
    }

    private static List<byte[]> frames(Program capture) {
        return capture.out()
                .lines()
                .filter(line -> line.startsWith("frame "))
                .map(line -> HEX.parseHex(line.substring(6)))
                .toList();
    }

    private static byte[] part(byte[] frame, int from, int length) {
        return Arrays.copyOfRange(frame, from, from + length);
    }

    private static String address(byte[] frame, int from) {
        List<String> parts = new ArrayList<>();
        for (byte each : part(frame, from, 4)) {
            parts.add(Integer.toString(each & 0xff));
        }
        return String.join(".", parts);
    }

    private static byte[] magic() {
        String mac = SLEEPER_MAC.replace(":", "");
        return HEX.parseHex("ff".repeat(6) + mac.repeat(16));
    }

    /** {@code SENDER to RECEIVER:PORT}, when every byte of the frame is right. */
    private static String checked(byte[] frame) {
        String sender = address(frame, ETHERNET + 12);
        assertThat(frame).hasSize(ETHERNET + IP + UDP + 102);
        assertThat(HEX.formatHex(part(frame, 0, 6))).isEqualTo("ff".repeat(6));
        assertThat(HEX.withDelimiter(":").formatHex(part(frame, 6, 6))).isEqualTo(SENDERS.get(sender));
        assertThat(HEX.formatHex(part(frame, 12, 2))).isEqualTo("0800");
        assertThat(part(frame, ETHERNET + IP + UDP, 102)).isEqualTo(magic());
        return sender + " to " + address(frame, ETHERNET + 16) + ":" + (frame[ETHERNET + IP + 3] & 0xff);
    }

    @Test
    void aSleeperIsWokenByItsNeighboursAndByNobodyElse() throws IOException {
        putToSleep();
        String job = installation
                .call(
                        "POST",
                        "/desktops/action",
                        new JsonObject()
                                .put("desktop_ids", new JsonArray().add(installation.id("sleeper")))
                                .put("op_type", "os-start"))
                .getString("job_id");
        Set<String> ways = new TreeSet<>();
        for (String sender : SENDERS.keySet()) {
            for (String receiver : List.of("10.231.81.255", "255.255.255.255")) {
                ways.add(sender + " to " + receiver + ":9");
                ways.add(sender + " to " + receiver + ":7");
            }
        }
        Eventually.holds(
                30,
                () -> {
                    Set<String> seen = new TreeSet<>();
                    frames(atTheSleeper).forEach(frame -> seen.add(checked(frame)));
                    return seen.equals(ways);
                },
                () -> atTheSleeper.out()
                        + installation.controlPlane().err()
                        + installation.agent("first").err());
        startAgent("sleeper", sleeperHost, "10.231.81.1");
        JsonObject ended = Eventually.get(
                30,
                () -> {
                    JsonObject found = installation.call("GET", "/workspace-jobs/" + job, null);
                    return found.getString("end_time") == null ? null : found;
                },
                () -> "the start has not ended");
        assertThat(ended.getString("status")).isEqualTo("SUCCESS");

        putToSleep();
        int before = frames(atTheSleeper).size();
        String task = installation.run("true", new JsonObject().put("pre_start", "start"), "sleeper");
        Eventually.holds(30, () -> frames(atTheSleeper).size() >= before + 16, () -> "no packets for the execution");
        startAgent("sleeper", sleeperHost, "10.231.81.1");
        assertThat(installation.awaitTask(task, 60).getString("status")).isEqualTo("SUCCESS");

        assertThat(frames(elsewhere)).as("the other segment is left alone").isEmpty();
        try (var socket = new DatagramSocket(new InetSocketAddress("10.231.82.1", 0))) {
            socket.setBroadcast(true);
            byte[] hello = "seen".getBytes(StandardCharsets.US_ASCII);
            socket.send(new DatagramPacket(hello, hello.length, InetAddress.getByName("10.231.82.255"), 9));
        }
        Eventually.holds(10, () -> frames(elsewhere).size() == 1, () -> "what arrives there would not be seen");
    }
}
