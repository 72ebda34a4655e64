package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.PowerAction;
import io.deskwave.protocol.ServerMessage.Notice;
import io.deskwave.protocol.ServerMessage.PowerOrder;
import io.deskwave.protocol.ServerMessage.WakeDesktops;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders with a notice, and orders to wake others, on a real agent in this JVM against the fake control plane. */
final class PowerNoticeTest {
    @TempDir
    private Path home;

    private final FakeControl control = new FakeControl();
    private final Vertx vertx = Main.vertx();
    private Agent agent = newAgent();

    private Agent newAgent() {
        return new Agent(
                vertx,
                new Config(
                        home == null ? Path.of("unset") : home,
                        control.token(),
                        "d1",
                        Config.PowerMode.SIMULATE,
                        Duration.ofMillis(200),
                        null));
    }

    @BeforeEach
    void start() {
        agent = newAgent();
        FakeControl.await(agent.start());
        control.awaitHello(1);
    }

    @AfterEach
    void stop() {
        FakeControl.await(agent.stop());
        FakeControl.await(vertx.close());
        control.close();
    }

    private String lastBoot() {
        return control.hellos.get(control.hellos.size() - 1).host().bootId();
    }

    @Test
    void tellsTheUsersGivesThemTimeAndThenActsOnce() throws IOException {
        PowerOrder order = control.powerOrder(PowerAction.REBOOT, false, new Notice("save\nyour work", 2));
        long sent = System.nanoTime();
        control.send(order);
        Eventually.until("answered", () -> control.taken(order).size() == 1);
        assertThat(control.taken(order).get(0).actsInSeconds()).isBetween(1, 2);
        control.send(order);
        Eventually.until("answered again", () -> control.taken(order).size() >= 2);
        control.awaitHello(2);
        assertThat(Duration.ofNanos(System.nanoTime() - sent)).isGreaterThan(Duration.ofMillis(1900));
        assertThat(lastBoot()).isNotEqualTo(order.bootId());
        assertThat(control.taken(order).get(control.taken(order).size() - 1).actsInSeconds())
                .as("said again when the time was over")
                .isNull();
        assertThat(Files.readString(home.resolve("simulated-notice.json"))).contains("save\\nyour work");
        control.send(order);
        Eventually.until("answered as done", () -> control.taken(order).size() >= 4);
        assertThat(control.hellos).hasSize(2);
    }

    @Test
    void byForceNobodyIsWaitedForButTold() {
        PowerOrder order = control.powerOrder(PowerAction.REBOOT, true, new Notice("now", 3600));
        control.send(order);
        control.awaitHello(2);
        assertThat(lastBoot()).isNotEqualTo(order.bootId());
        Eventually.until("told", () -> Files.exists(home.resolve("simulated-notice.json")));
    }

    @Test
    void aRestartedAgentWaitsOnAndActsOnce() {
        PowerOrder order = control.powerOrder(PowerAction.REBOOT, false, new Notice("soon", 3));
        control.send(order);
        Eventually.until("answered", () -> control.taken(order).size() == 1);
        FakeControl.await(agent.stop());
        agent = newAgent();
        FakeControl.await(agent.start());
        control.awaitHello(2);
        assertThat(lastBoot()).isEqualTo(order.bootId());
        control.send(order);
        Eventually.until("answered anew", () -> control.taken(order).size() >= 2);
        assertThat(control.taken(order).get(1).error()).isNull();
        assertThat(control.taken(order).get(1).actsInSeconds()).isLessThanOrEqualTo(3);
        control.awaitHello(3);
        assertThat(lastBoot()).isNotEqualTo(order.bootId());
        assertThat(control.hellos).hasSize(3);
    }

    @Test
    void aNoticeThatWasTakenOutOrPutInIsNotSigned() {
        PowerOrder order = control.powerOrder(PowerAction.STOP, false, new Notice("soon", 60));
        PowerOrder without = new PowerOrder(
                order.desktopId(),
                order.orderId(),
                order.action(),
                order.force(),
                order.bootId(),
                order.issuedAt(),
                order.expiresAt(),
                order.signature());
        control.send(without);
        Eventually.until("answered", () -> control.taken(order).size() == 1);
        assertThat(control.taken(order).get(0).error()).contains("not signed");
        PowerOrder plain = control.powerOrder(PowerAction.STOP, Instant.now());
        PowerOrder with = new PowerOrder(
                plain.desktopId(),
                plain.orderId(),
                plain.action(),
                plain.force(),
                plain.bootId(),
                plain.issuedAt(),
                plain.expiresAt(),
                new Notice("ransom", 0),
                plain.signature());
        control.send(with);
        Eventually.until("answered", () -> control.taken(plain).size() == 1);
        assertThat(control.taken(plain).get(0).error()).contains("not signed");
        assertThat(Files.exists(home.resolve("simulated-notice.json"))).isFalse();
    }

    @Test
    void badOrdersToWakeOthersHurtNobody() {
        Instant soon = Instant.now().plusSeconds(60);
        List<String> macs = List.of("52:54:00:00:00:01");
        for (WakeDesktops order : List.of(
                control.wake("10.255.254.0/24", macs, soon),
                control.wake("10.255.254.0/24", macs, soon).signed(""),
                control.wake("10.255.254.0/24", macs, Instant.now().minusSeconds(1)),
                control.wake("everywhere", macs, soon),
                control.wake("0.0.0.0/0", macs, soon),
                control.wake("127.0.0.0/8", List.of("$(reboot)"), soon))) {
            control.send(order);
        }
        AttemptId run = control.run("true");
        assertThat(control.finished(run).outcome().exitCode()).isZero();
        assertThat(control.hellos).hasSize(1);
    }
}
