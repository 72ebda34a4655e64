package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.NetworkCards.Card;
import io.deskwave.control.desktop.SessionStore.HostChange;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.HostInfo.NetworkInterface;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkCardsTest {
    private static final String MAC = "52:54:00:00:00:01";

    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final NetworkStore store = new NetworkStore();

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private static HostInfo with(NetworkInterface... interfaces) {
        HostInfo h = host();
        return new HostInfo(
                h.osType(),
                h.osName(),
                h.osVersion(),
                h.architecture(),
                h.hostname(),
                h.machineId(),
                h.bootId(),
                h.bootTime(),
                h.cpu(),
                h.memoryBytes(),
                h.disks(),
                List.of(interfaces),
                h.users());
    }

    private static NetworkInterface card(String name, String mac, String ip, int prefix) {
        return new NetworkInterface(name, mac, List.of(ip), List.of(), List.of(prefix));
    }

    @Test
    void anAgentThatDoesNotSayHowWideItsNetworkIsHasAUsualOne() {
        assertThat(NetworkCards.of(with(new NetworkInterface("eth0", MAC, List.of("10.1.2.3"), List.of()))))
                .containsExactly(new Card(MAC, "10.1.2.3/24"));
        assertThat(NetworkCards.of(with(card("eth0", MAC, "10.1.2.3", 20))))
                .containsExactly(new Card(MAC, "10.1.2.3/20"));
    }

    @ParameterizedTest
    @CsvSource({
        "eth0, '', 10.1.2.3, 24",
        "eth0, 52:54:00:00:00:0G, 10.1.2.3, 24",
        "eth0, 00:00:00:00:00:00, 10.1.2.3, 24",
        "docker0, 52:54:00:00:00:01, 172.17.0.1, 16",
        "eth0, 02:42:ac:11:00:02, 172.17.0.2, 16",
        "veth12, 52:54:00:00:00:01, 10.1.2.3, 24",
        "vEthernet (WSL), 52:54:00:00:00:01, 10.1.2.3, 24",
        "eth0, 52:54:00:00:00:01, 127.0.0.2, 8",
        "eth0, 52:54:00:00:00:01, 169.254.3.4, 16",
        "eth0, 52:54:00:00:00:01, 010.1.2.3, 24",
        "eth0, 52:54:00:00:00:01, 10.1.2.256, 24",
        "eth0, 52:54:00:00:00:01, 10.1.2.3);--, 24",
        "eth0, 52:54:00:00:00:01, 10.1.2.3, 32",
        "eth0, 52:54:00:00:00:01, 10.1.2.3, 0"
    })
    void whatHasNoWireOrNoBroadcastIsLeftOut(String name, String mac, String ip, int prefix) {
        assertThat(NetworkCards.of(with(card(name, mac, ip, prefix)))).isEmpty();
    }

    private List<String> stored(UUID desktop) {
        var all = new ArrayList<String>();
        await(database.client()
                        .query(
                                "SELECT mac || ' ' || address || ' ' || network FROM desktop_networks WHERE desktop_id = '"
                                        + desktop + "' ORDER BY 1")
                        .execute())
                .forEach(row -> all.add(row.getString(0)));
        return all;
    }

    private void say(Session session, HostInfo host) {
        await(store.replace(database.client(), List.of(new HostChange(session, host))));
    }

    @Test
    void whatWasSaidLastIsKeptWhileTheDesktopIsOff() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, host());
        say(session, with(card("eth0", MAC, "10.1.2.3", 20), card("eth1", "52:54:00:00:00:02", "10.9.2.3", 24)));
        assertThat(stored(desktop))
                .containsExactly(MAC + " 10.1.2.3/20 10.1.0.0/20", "52:54:00:00:00:02 10.9.2.3/24 10.9.2.0/24");
        say(session, with());
        assertThat(stored(desktop)).as("it has not looked yet").hasSize(2);
        say(session, with(card("eth0", MAC, "10.1.2.3", 20)));
        assertThat(stored(desktop)).hasSize(1);
        Session newer = fixture.connect(desktop, host());
        say(session, with(card("eth0", MAC, "10.7.7.7", 24)));
        assertThat(stored(desktop))
                .as("an older session says nothing")
                .containsExactly(MAC + " 10.1.2.3/20 10.1.0.0/20");
        say(newer, with(new NetworkInterface("eth0", MAC, List.of(), List.of())));
        assertThat(stored(desktop)).isEmpty();
    }

    /** What the migration finds in the rows of desktops that never said more. */
    @Test
    void whatIsKnownFromBeforeIsTakenOver() throws IOException {
        UUID desktop = fixture.desktop(
                PROJECT,
                null,
                "pc",
                with(
                        new NetworkInterface("eth0", MAC, List.of("10.1.2.3", "999.1.1.1", "x"), List.of("fe80::1")),
                        new NetworkInterface("docker0", "02:42:00:00:00:01", List.of("172.17.0.1"), List.of()),
                        new NetworkInterface("lo", "", List.of("127.0.0.1"), List.of())));
        fixture.execute(
                "UPDATE desktops SET host = '{\"interfaces\": {\"ipv4\": 7}}' WHERE id = $1",
                fixture.desktop(PROJECT, null, "odd"));
        String migration = new String(
                NetworkCardsTest.class
                        .getResourceAsStream("/db/migration/V21__waking.sql")
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        int from = migration.indexOf("INSERT INTO desktop_networks");
        await(database.client()
                .query(migration.substring(from, migration.indexOf(';', from)))
                .execute());
        assertThat(stored(desktop)).containsExactly(MAC + " 10.1.2.3/24 10.1.2.0/24");
        assertThat(fixture.count("SELECT count(*) FROM desktop_networks")).isEqualTo(1);
    }
}
