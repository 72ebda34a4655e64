package io.deskwave.control.contract;

import io.deskwave.protocol.Enrollment;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.Wire;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** Desktops that have enrolled and are never heard of again: nothing runs on them, and nothing is switched off. */
final class FakeDesktops {
    private FakeDesktops() {}

    /** A token to enrol with, of the caller's own: others may be revoked at any time. */
    static String token(Line line, String authToken) throws IOException {
        Answer answer = line.send(Request.of("POST", "/v1/enrollment-tokens", authToken));
        if (answer.status() != 201) {
            throw new IOException("no enrollment token: " + answer.status() + " " + answer.text());
        }
        return new JsonObject(answer.body()).getString("enrollment_token");
    }

    static String enrol(Line line, String enrollmentToken, String name) throws IOException {
        HostInfo host = new HostInfo(
                "Linux",
                "Debian GNU/Linux",
                "12 (bookworm)",
                "amd64",
                name,
                "machine-" + name,
                "boot-1",
                Instant.parse("2026-11-20T08:00:00Z"),
                new HostInfo.Cpu("Model X", 2, 4),
                8L << 30,
                List.of(new HostInfo.Disk("/dev/sda", "Disk A", 64L << 30)),
                List.of(new HostInfo.NetworkInterface("eth0", "02:00:00:00:00:01", List.of("10.1.2.3"), List.of())),
                List.of());
        String key = SigningKey.generate().verifyingKey().toBase64();
        String secret = Enrollment.Token.decode(enrollmentToken).secret();
        Answer answer = line.send(Request.of("POST", Protocol.ENROLL_PATH, "")
                .with("Content-Type: application/json")
                .withBody(Wire.toJson(new Enrollment.Request(secret, name, key, host))));
        if (answer.status() != 200) {
            throw new IOException("no desktop enrolled: " + answer.status() + " " + answer.text());
        }
        return Wire.fromJson(answer.text(), Enrollment.Answer.class).desktopId().toString();
    }
}
