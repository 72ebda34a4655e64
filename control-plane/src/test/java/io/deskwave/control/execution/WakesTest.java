package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.NODE;
import static io.deskwave.control.execution.Fleet.PROJECT;
import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.execution.ExecutionRequest.PreStart;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.execution.Wakes.Wake;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who wakes whom and how often, by a clock that the test moves. */
final class WakesTest {
    private static final UUID OTHER_NODE = new UUID(2, 2);

    private final Vertx vertx = Vertx.vertx();
    private final Fleet fleet = new Fleet(vertx);
    private final Wakes wakes = new Wakes(fleet.database, () -> fleet.now);

    @AfterEach
    void close() {
        get(fleet.database.close());
        get(vertx.close());
    }

    @CanIgnoreReturnValue
    private UUID desktop(String name, boolean online, String mac, String address) {
        UUID id = fleet.desktop(name, online);
        fleet.sql("UPDATE desktops SET abilities = '{power_notices,wake_on_lan}' WHERE id = $1", id);
        card(id, mac, address);
        return id;
    }

    private void card(UUID desktop, String mac, String address) {
        fleet.sql(
                "INSERT INTO desktop_networks (desktop_id, mac, address) VALUES ($1, $2, $3::text::inet)",
                desktop,
                mac,
                address);
    }

    @CanIgnoreReturnValue
    private UUID execute(UUID... desktops) {
        return fleet.start(fleet.request(
                List.of(desktops),
                0,
                null,
                PreStart.START,
                null,
                new Work.Command("true", ScriptType.SHELL, List.of(0))));
    }

    private List<Wake> claim() {
        return get(wakes.claim(NODE));
    }

    private void pass(Duration time) {
        fleet.now = fleet.now.plus(time);
    }

    private static Set<UUID> senders(List<Wake> claimed) {
        return claimed.stream().map(wake -> wake.sender().desktopId()).collect(Collectors.toSet());
    }

    private String reason(UUID task) {
        return fleet.sql("SELECT reason FROM execution_records WHERE task_id = $1", task)
                .get(0)
                .getString(0);
    }

    private void expire(Duration after) {
        pass(after);
        assertThat(get(new Expiry(new Changes(fleet.database, NODE)).expire(fleet.now)))
                .isPositive();
    }

    @Test
    void connectedNeighboursThatCanAreTold() {
        UUID sleeper = desktop("sleeper", false, "52:54:00:00:00:01", "10.1.2.3/24");
        UUID neighbour = desktop("neighbour", true, "52:54:00:00:00:02", "10.1.2.4/24");
        desktop("elsewhere", true, "52:54:00:00:00:03", "10.1.3.4/24");
        desktop("wider", true, "52:54:00:00:00:04", "10.1.2.5/16");
        desktop("asleep", false, "52:54:00:00:00:05", "10.1.2.6/24");
        UUID old = desktop("old", true, "52:54:00:00:00:06", "10.1.2.7/24");
        fleet.sql("UPDATE desktops SET abilities = '{}' WHERE id = $1", old);
        UUID onAnotherNode = desktop("other-node", true, "52:54:00:00:00:07", "10.1.2.8/24");
        fleet.sql("UPDATE desktops SET node_id = $2 WHERE id = $1", onAnotherNode, OTHER_NODE);
        String otherProject = "f".repeat(32);
        fleet.sql("INSERT INTO projects (id, domain_id, name) VALUES ($1, $2, 'q')", otherProject, PROJECT);
        UUID stranger = desktop("stranger", true, "52:54:00:00:00:08", "10.1.2.9/24");
        fleet.sql("UPDATE desktops SET project_id = $2 WHERE id = $1", stranger, otherProject);

        assertThat(claim()).as("nobody is wanted").isEmpty();
        execute(sleeper);
        assertThat(claim()).singleElement().satisfies(wake -> {
            assertThat(wake.sender().desktopId()).isEqualTo(neighbour);
            assertThat(wake.sender().network()).isEqualTo("10.1.2.0/24");
            assertThat(wake.macs()).containsExactly("52:54:00:00:00:01");
        });
        assertThat(get(wakes.claim(OTHER_NODE)))
                .as("not again at once, by no node")
                .isEmpty();
        pass(Duration.ofSeconds(4));
        assertThat(senders(get(wakes.claim(OTHER_NODE)))).containsExactly(onAnotherNode);
        assertThat(claim()).isEmpty();
        pass(Duration.ofSeconds(5));
        fleet.connect(sleeper, "boot-2");
        assertThat(claim()).as("it is awake").isEmpty();
    }

    @Test
    void severalSendAndOthersTheNextTime() {
        UUID sleeper = desktop("sleeper", false, "52:54:00:00:00:01", "10.1.2.3/24");
        card(sleeper, "52:54:00:00:00:99", "10.1.2.30/24");
        for (int i = 10; i < 30; i++) {
            desktop("n" + i, true, "52:54:00:00:01:" + i, "10.1.2." + i + "/24");
        }
        execute(sleeper);
        Set<UUID> all = new TreeSet<>();
        for (int i = 0; i < 5; i++) {
            List<Wake> claimed = claim();
            assertThat(senders(claimed)).hasSize(3);
            assertThat(claimed).allSatisfy(wake -> assertThat(wake.macs())
                    .containsExactlyInAnyOrder("52:54:00:00:00:01", "52:54:00:00:00:99"));
            all.addAll(senders(claimed));
            pass(Duration.ofSeconds(61));
        }
        assertThat(all).hasSizeGreaterThan(3);
    }

    @Test
    void itIsTriedABoundedNumberOfTimesEverSlowerAndANewStartCountsAnew() {
        UUID sleeper = desktop("sleeper", false, "52:54:00:00:00:01", "10.1.2.3/24");
        desktop("neighbour", true, "52:54:00:00:00:02", "10.1.2.4/24");
        UUID task = fleet.start(new ExecutionRequest(
                PROJECT,
                new ExecutionRequest.Target.Desktops(List.of(sleeper)),
                new Work.Command("true", ScriptType.SHELL, List.of(0)),
                0,
                List.of(),
                null,
                false,
                60,
                1,
                PreStart.START,
                null,
                "tester"));
        List<Integer> at = new ArrayList<>();
        for (int second = 0; second < 1800; second++) {
            if (!claim().isEmpty()) {
                at.add(second);
            }
            pass(Duration.ofSeconds(1));
        }
        assertThat(at).hasSize(20);
        assertThat(at.subList(0, 4)).isEqualTo(List.of(0, 3, 8, 15));
        assertThat(IntStream.range(1, 20)
                        .map(i -> at.get(i) - at.get(i - 1))
                        .max()
                        .orElseThrow())
                .isLessThanOrEqualTo(61);
        execute(sleeper);
        assertThat(claim()).hasSize(1);
        expire(Duration.ofMinutes(31));
        assertThat(reason(task))
                .isEqualTo("the desktop was not online within the start timeout: magic packets were sent 1 time by "
                        + "neighbour, and the desktop did not come online: look whether its firmware and its network "
                        + "card are set to wake it");
    }

    @Test
    void whatCouldNotBeTriedIsSaid() {
        UUID unknown = fleet.desktop("unknown", false);
        UUID lonely = desktop("lonely", false, "52:54:00:00:00:01", "10.1.2.3/24");
        card(lonely, "52:54:00:00:00:11", "10.9.0.3/16");
        UUID first = execute(unknown);
        UUID second = execute(lonely);
        UUID unasked = fleet.start(fleet.request(List.of(lonely), 0));
        assertThat(claim()).isEmpty();
        expire(Duration.ofMinutes(11));
        assertThat(reason(first))
                .isEqualTo("the desktop was not online within the start timeout: its network card is not known, and "
                        + "nothing can wake it: switch it on");
        assertThat(reason(second))
                .endsWith("no online desktop is in its subnet 10.1.2.0/24, 10.9.0.0/16 to wake it: " + "switch it on");
        assertThat(reason(unasked)).isEqualTo("the desktop was not online within the start timeout");
    }

    @Test
    void aFleetThatIsWantedAtOnceIsWokenInPortions() {
        desktop("neighbour", true, "52:54:00:00:00:02", "10.1.0.4/16");
        desktop("neighbour-too", true, "52:54:00:00:00:03", "10.2.0.4/16");
        List<UUID> sleepers = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            String network = i < 100 ? "10.1.1." : "10.2.1.";
            sleepers.add(desktop("s" + i, false, "52:54:00:00:02:%02x".formatted(i), network + i + "/16"));
        }
        execute(sleepers.toArray(UUID[]::new));
        Set<String> first = macs(claim());
        assertThat(first).as("fifty of the one, all twenty of the other").hasSize(70);
        pass(Duration.ofSeconds(2));
        Set<String> second = macs(claim());
        assertThat(second).as("the others before anybody again").hasSize(50).doesNotContainAnyElementsOf(first);
        pass(Duration.ofSeconds(2));
        assertThat(macs(claim())).isSubsetOf(first);
    }

    private static Set<String> macs(List<Wake> claimed) {
        return claimed.stream().flatMap(wake -> wake.macs().stream()).collect(Collectors.toSet());
    }
}
