package io.deskwave.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WireTest {
    private static final UUID RECORD = UUID.fromString("00000000-0000-0000-0000-000000000001");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");

    @Test
    void agentMessagesComeBackAsTheyWent() {
        var host = new HostInfo(
                "Linux",
                "Debian",
                "12",
                "amd64",
                "d1",
                "m1",
                "b1",
                NOW,
                new HostInfo.Cpu("x", 1, 2),
                1024,
                List.of(new HostInfo.Disk("sda", "m", 7)),
                List.of(new HostInfo.NetworkInterface("eth0", "00:11", List.of("10.0.0.1"), List.of())),
                List.of(new HostInfo.LoggedOnUser("eva", "tty1", "", NOW)));
        var hello = new AgentMessage.Hello(
                Protocol.VERSION,
                "0.1",
                RECORD,
                Set.of("x"),
                Set.of(ScriptType.SHELL),
                host,
                List.of(new AgentMessage.Held(RECORD, 1, null, false)));
        var outcome = new Outcome(ResultCode.EXITED, 3, true, "", NOW, 5, 6, List.of("1 sh"), List.of());
        for (AgentMessage message : List.of(
                hello,
                new AgentMessage.HostChanged(host),
                new AgentMessage.Started(RECORD, 1, NOW, "UTF-8"),
                new AgentMessage.Finished(RECORD, 1, outcome),
                new AgentMessage.PowerAccepted(RECORD, 1, Step.PRE_START, null),
                new AgentMessage.PowerTaken(RECORD, "it cannot"))) {
            assertThat(Wire.decodeAgentMessage(Wire.encode(message))).isEqualTo(message);
        }
    }

    @Test
    void outputKeepsEveryByte() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        var output = new AgentMessage.Output(RECORD, 2, 7, OutputStreamName.STDERR, 12345678901L, 12345L, bytes);
        var back = Wire.decodeOutput(Wire.encodeOutput(output));
        assertThat(back.follows()).isEqualTo(12345);
        assertThat(back).usingRecursiveComparison().isEqualTo(output);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{}", "null", "[]", "{\"type\":\"nonsense\"}", "{\"type\":\"started\",\"attempt\":\"x\"}"})
    void refusesWhatIsNoMessage(String frame) {
        assertThatThrownBy(() -> Wire.decodeAgentMessage(frame)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Wire.decodeOutput(frame.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ignoresWhatANewerPeerAdds() {
        assertThat(Wire.decodeServerMessage("{\"type\":\"outcome_stored\",\"record_id\":\"" + RECORD
                        + "\",\"attempt\":1,\"later\":{\"x\":1}}"))
                .isEqualTo(new ServerMessage.OutcomeStored(RECORD, 1));
    }

    @Test
    void anAssertionIsGoodForItsKeyOnly() {
        var mine = SigningKey.generate();
        var other = SigningKey.generate();
        var assertion = new Assertion(Assertion.SESSION_AUDIENCE, RECORD, "m1", RECORD, NOW);
        var parsed = Assertion.parse(assertion.sign(mine));
        assertThat(parsed.assertion()).isEqualTo(assertion);
        assertThat(parsed.isSignedBy(mine.verifyingKey())).isTrue();
        assertThat(parsed.isSignedBy(other.verifyingKey())).isFalse();
    }

    @Test
    void secretsAndScriptsStayOutOfTexts() {
        assertThat(new Enrollment.Token("http://h", "s3cret", null).toString()).doesNotContain("s3cret");
        assertThat(new ServerMessage.RunScript(RECORD, RECORD, 1, ScriptType.SHELL, "pw=s3cret", 1, 1).toString())
                .doesNotContain("s3cret");
    }

    @Test
    void anEnrollmentTokenSurvivesCopying() {
        var token = new Enrollment.Token("http://h:1", "s", "ff");
        assertThat(Enrollment.Token.decode(" " + token.encode() + "\n")).isEqualTo(token);
        assertThatThrownBy(() -> Enrollment.Token.decode("what")).hasMessageContaining("not an enrollment token");
    }

    @Test
    void aNetworkInterfaceOfAnOlderAgentSaysNothingOfItsNetworks() {
        String older = "{\"name\":\"eth0\",\"mac\":\"52:54:00:00:00:01\",\"ipv4\":[\"10.0.0.1\"],\"ipv6\":[]}";
        assertThat(Wire.fromJson(older, HostInfo.NetworkInterface.class).ipv4Prefixes())
                .isEmpty();
        var newer =
                new HostInfo.NetworkInterface("eth0", "52:54:00:00:00:01", List.of("10.0.0.1"), List.of(), List.of(20));
        assertThat(Wire.toJson(newer)).contains("\"ipv4_prefixes\":[20]");
        assertThat(Wire.fromJson(Wire.toJson(newer), HostInfo.NetworkInterface.class))
                .isEqualTo(newer);
    }

    @Test
    void ordersComeBackAsTheyWentAndAPlainOneIsSignedAsBefore() {
        var plain = new ServerMessage.PowerOrder(RECORD, RECORD, PowerAction.STOP, false, "b1", NOW, NOW, "s");
        var telling = new ServerMessage.PowerOrder(
                RECORD, RECORD, PowerAction.STOP, false, "b1", NOW, NOW, new ServerMessage.Notice("a\n\tb", 60), "s");
        var wake = new ServerMessage.WakeDesktops(RECORD, "10.1.2.0/24", List.of("52:54:00:00:00:01"), NOW, "s");
        for (ServerMessage message : List.of(plain, telling, wake)) {
            assertThat(Wire.decodeServerMessage(Wire.encode(message))).isEqualTo(message);
        }
        assertThat(Wire.encode(plain)).doesNotContain("notice");
        assertThat(new String(plain.signedContent(), StandardCharsets.UTF_8)).contains("deskwave power_order 1");
        assertThat(new String(telling.signedContent(), StandardCharsets.UTF_8))
                .contains("deskwave power_order 2")
                .contains("a\n\tb");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "a\u0000b", "a\u001bb", "a\rb", "a\u0085b"})
    void aNoticeIsReadable(String message) {
        assertThatThrownBy(() -> new ServerMessage.Notice(message, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNoticeAndAnOrderToWakeHaveBounds() {
        assertThat(new ServerMessage.Notice("x".repeat(1000), 3600).seconds()).isEqualTo(3600);
        assertThatThrownBy(() -> new ServerMessage.Notice("x".repeat(1001), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ServerMessage.Notice("x", 3601)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ServerMessage.Notice("x", -1)).isInstanceOf(IllegalArgumentException.class);
        for (int macs : new int[] {0, Protocol.MAX_WOKEN + 1}) {
            assertThatThrownBy(() -> new ServerMessage.WakeDesktops(
                            RECORD, "10.1.2.0/24", Collections.nCopies(macs, "52:54:00:00:00:01"), NOW, ""))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
