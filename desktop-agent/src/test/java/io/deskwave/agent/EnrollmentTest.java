package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.Enrollment.Request;
import io.deskwave.protocol.Enrollment.Token;
import io.deskwave.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PfxOptions;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How an agent becomes somebody, stays it, and becomes somebody else. */
final class EnrollmentTest {
    @TempDir
    private Path folder;

    private final Vertx vertx = Main.vertx();
    private final List<AutoCloseable> toClose = new ArrayList<>();

    private FakeControl control() {
        var control = new FakeControl();
        toClose.add(control);
        return control;
    }

    private Future<Void> start(Agent agent) {
        toClose.add(0, () -> FakeControl.await(agent.stop()));
        return agent.start();
    }

    private Agent agent(@Nullable Token token) {
        return new Agent(
                vertx, new Config(folder.resolve("home"), token, "", Config.PowerMode.SIMULATE, Duration.ZERO, null));
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable each : toClose) {
            each.close();
        }
        FakeControl.await(vertx.close());
    }

    @Test
    void enrolsOnceAndNeedsNoTokenAfterwards() throws Exception {
        FakeControl control = control();
        Agent first = agent(control.token());
        FakeControl.await(start(first));
        control.awaitHello(1);
        Path identity = folder.resolve("home/identity.json");
        Eventually.until("the identity is saved", () -> Files.exists(identity));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(identity)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(identity)).doesNotContain(FakeControl.SECRET);
        FakeControl.await(first.stop());
        FakeControl.await(start(agent(null)));
        control.awaitHello(2);
        assertThat(control.enrollments).hasSize(1);
        assertThat(control.enrollments.get(0).name()).isEqualTo(HostNames.local());
    }

    @Test
    void asksAgainWithTheSameKeyWhenTheAnswerWasLost() {
        FakeControl control = control();
        control.loseEnrollAnswers = 2;
        FakeControl.await(start(agent(control.token())));
        control.awaitHello(1);
        assertThat(control.enrollments).hasSize(3);
        assertThat(control.enrollments.stream().map(Request::publicKey).distinct())
                .hasSize(1);
    }

    @Test
    void takesNoIdentityFromAnAnswerThatBringsNone() {
        FakeControl control = control();
        control.foreignAnswers.add("{}");
        control.foreignAnswers.add("{\"desktop_id\":\"7d444840-9dc0-11d1-b245-5ffdce74fad2\",\"work_key\":\"AAAA\"}");
        FakeControl.await(start(agent(control.token())));
        control.awaitHello(1);
        assertThat(control.foreignAnswers).isEmpty();
        assertThat(control.enrollments).hasSize(1);
    }

    @Test
    void enrolsAnewWithAnotherTokenOnceItsIdentityIsRefusedForGood() throws Exception {
        FakeControl control = control();
        Agent first = agent(control.token());
        FakeControl.await(start(first));
        control.awaitHello(1);
        Path identity = folder.resolve("home/identity.json");
        Eventually.until("the identity is saved", () -> Files.exists(identity));
        FakeControl.await(first.stop());
        String before = Files.readString(identity);
        control.refuseNext(FakeControl.refusal(Refusal.Reason.REVOKED, null));
        FakeControl.await(start(agent(new Token(control.endpoint(), "another secret", null))));
        control.awaitHello(2);
        assertThat(control.enrollments).hasSize(2);
        Eventually.until(
                "the new identity is saved", () -> !Files.readString(identity).equals(before));
        assertThat(folder.resolve("home/candidate.json")).doesNotExist();
    }

    @Test
    void doesNotEnrolAnewWithTheTokenItsRefusedIdentityCameFrom() throws Exception {
        FakeControl control = control();
        Agent first = agent(control.token());
        FakeControl.await(start(first));
        control.awaitHello(1);
        Eventually.until("saved", () -> Files.exists(folder.resolve("home/identity.json")));
        FakeControl.await(first.stop());
        control.refuseNext(FakeControl.refusal(Refusal.Reason.CLONE, null));
        Agent second = agent(control.token());
        FakeControl.await(start(second));
        Eventually.until("refused for good", () -> second.ended().failed());
        assertThat(control.enrollments).hasSize(1);
    }

    @Test
    void saysWhatToDoWhenItIsNotEnrolledAndHasNoToken() {
        Future<Void> started = start(agent(null));
        Eventually.until("it failed", started::failed);
        assertThat(started.cause()).isInstanceOf(UsageException.class).hasMessageContaining("--enrollment-token-file");
    }

    @Test
    void trustsExactlyTheCertificateItsTokenNames() throws Exception {
        Path keys = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "k",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=elsewhere",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        "changeit",
                        "-storetype",
                        "PKCS12")
                .start();
        assertThat(keytool.waitFor()).isZero();
        var store = KeyStore.getInstance("PKCS12");
        try (var in = new FileInputStream(keys.toFile())) {
            store.load(in, "changeit".toCharArray());
        }
        String fingerprint =
                HexFormat.of().formatHex(Trust.sha256(store.getCertificate("k").getEncoded()));
        var control = new FakeControl(new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(new PfxOptions().setPath(keys.toString()).setPassword("changeit")));
        toClose.add(control);
        assertThat(failureOf(new Token(control.endpoint(), "a", "00".repeat(32))))
                .contains("not the one the enrollment");
        assertThat(failureOf(new Token(control.endpoint(), "b", null))).contains("certification path");
        assertThat(control.enrollments).isEmpty();
        FakeControl.await(start(agent(new Token(control.endpoint(), "right one", fingerprint))));
        control.awaitHello(1);
        assertThat(control.enrollments).hasSize(1);
    }

    /** The whole chain of causes of an enrollment that must fail. */
    private String failureOf(Token token) throws Exception {
        try (Home home = Home.open(folder.resolve("other-home"))) {
            var host = new HostProbe(Boot.real()).quick(Boot.real());
            Future<Identity> enrolled =
                    new Enrollment(vertx, new Identities(home)).enroll(token, token.endpoint(), "x", host);
            Eventually.until("the enrollment ended", enrolled::isComplete);
            var text = new StringBuilder();
            for (Throwable cause = enrolled.cause(); cause != null; cause = cause.getCause()) {
                text.append(cause).append('\n');
            }
            return text.toString();
        }
    }
}
