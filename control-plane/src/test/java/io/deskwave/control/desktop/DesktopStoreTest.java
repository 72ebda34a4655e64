package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.protocol.HostInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DesktopStoreTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final DesktopStore store = new DesktopStore();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    /** What a filter of a query such as {@code status=ACTIVE&user_name=ann} finds, by name and in the order found. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "-                                            | Berlin-1 Berlin-10 paris-1",
                "computer_name=berlin                         | Berlin-1 Berlin-10",
                "computer_name=%                              | -",
                "computer_names=berlin-1                      | Berlin-1",
                "computer_names=berlin-1 computer_names=PARIS-1 | Berlin-1 paris-1",
                "status=ACTIVE                                | Berlin-1 Berlin-10",
                "status=SHUTOFF                               | paris-1",
                "status=HIBERNATED                            | -",
                "login_status=CONNECTED                       | Berlin-1",
                "login_status=REGISTERED                      | Berlin-10",
                "login_status=UNREGISTER                      | paris-1",
                "login_status=DISCONNECTED                    | -",
                "status=SHUTOFF login_status=CONNECTED        | -",
                "user_name=ANN                                | Berlin-1 paris-1",
                "user_name=zoe user_name=ann                  | Berlin-1 paris-1",
                "user_names=joanna user_name=zoe              | paris-1",
                "desktop_ip=10.0.0.1                          | Berlin-1",
                "desktop_ip=10.0.0                            | -",
                "desktop_ip=2001:DB8::5                       | Berlin-1 Berlin-10 paris-1",
                "pool_id={pool}                               | Berlin-10",
                "pool_id=nonsense,{pool}                      | Berlin-10",
                "pool_id=nonsense                             | -",
                "desktop_id={Berlin-1} desktop_id={paris-1}   | Berlin-1 paris-1",
                "desktop_id={other}                           | -",
                "desktop_type=POOLED                          | Berlin-10",
                "desktop_type=DEDICATED,SHARED                | Berlin-1 paris-1",
                "desktop_type=DEDICATED,POOLED                | Berlin-1 Berlin-10 paris-1",
                "desktop_type=SHARED                          | -",
                "sort_field=computer_name sort_type=DESC      | paris-1 Berlin-10 Berlin-1",
                "sort_field=created sort_type=DESC            | paris-1 Berlin-10 Berlin-1",
                "tag=site=bonn                                | Berlin-1 Berlin-10",
                "tag=site                                     | Berlin-1 Berlin-10 paris-1",
                "tag=site=bonn,owner                          | Berlin-10",
                "tag=site=bonn,site=paris                     | Berlin-1 Berlin-10 paris-1",
                "tag=site=bonn,site                           | Berlin-1 Berlin-10 paris-1",
                "tag=owner=                                   | Berlin-10",
                "tag=site=                                    | -",
                "tag=,                                        | Berlin-1 Berlin-10 paris-1",
                "tag=a=b                                      | -",
                "tag=site=bonn status=ACTIVE computer_name=10 | Berlin-10",
                "in_maintenance_mode=true                     | -",
                "in_maintenance_mode=false                    | Berlin-1 Berlin-10 paris-1",
                "enterprise_project_id=0                      | Berlin-1 Berlin-10 paris-1",
                "enterprise_project_id=1                      | -",
                "charge_mode=1                                | -",
                "inconsistent_type=IMAGE_ID                   | -",
                "user_attached=true                           | -",
            })
    void filters(String query, String expected) {
        UUID pool = fixture.pool(PROJECT, "pool");
        Map<String, UUID> ids = new HashMap<>();
        ids.put("pool", pool);
        ids.put("Berlin-1", fixture.desktop(PROJECT, null, "Berlin-1"));
        ids.put("Berlin-10", fixture.desktop(PROJECT, pool, "Berlin-10"));
        ids.put("paris-1", fixture.desktop(PROJECT, null, "paris-1", host("10.0.0.3", "joanna")));
        ids.put("other", fixture.desktop(OTHER_PROJECT, null, "Berlin-1"));
        fixture.connect(ids.getOrDefault("Berlin-1", pool), host("10.0.0.1", "anna", "root"));
        fixture.connect(ids.getOrDefault("Berlin-10", pool), host("10.0.0.2"));

        var tags = new TagStore();
        await(tags.put(
                database.client(), PROJECT, ids.getOrDefault("Berlin-1", pool), List.of(new Tag("site", "bonn"))));
        await(tags.put(
                database.client(),
                PROJECT,
                ids.getOrDefault("Berlin-10", pool),
                List.of(new Tag("site", "bonn"), new Tag("owner", ""))));
        await(tags.put(
                database.client(),
                PROJECT,
                ids.getOrDefault("paris-1", pool),
                List.of(new Tag("site", "paris"), new Tag("a=b", ""))));

        String filled = query == null ? "" : query;
        for (Map.Entry<String, UUID> id : ids.entrySet()) {
            filled = filled.replace("{" + id.getKey() + "}", id.getValue().toString());
        }
        List<String> pairs = List.of(filled.split(" +"));
        DesktopFilter filter = DesktopQuery.of(name -> pairs.stream()
                .filter(pair -> pair.startsWith(name + "="))
                .map(pair -> pair.substring(name.length() + 1))
                .toList());

        Desktops desktops = new Desktops(database, store, (tx, project, id) -> Future.succeededFuture(), id -> {});
        Page<Desktop> page = await(desktops.list(PROJECT, filter, 100, 0));
        assertThat(page.rows())
                .extracting(Desktop::computerName)
                .containsExactly(expected == null ? new String[0] : expected.split(" "));
        assertThat(page.total()).isEqualTo(page.rows().size());
    }

    @Test
    void pagesInAStableOrderAndCountsAll() {
        IntStream.range(0, 7).forEach(i -> fixture.desktop(PROJECT, null, "pc-" + i));

        Page<Desktop> page = await(store.list(database.client(), PROJECT, DesktopFilter.ALL, 3, 5));
        assertThat(page.rows()).extracting(Desktop::computerName).containsExactly("pc-5", "pc-6");
        assertThat(page.total()).isEqualTo(7);
        assertThat(await(store.list(database.client(), PROJECT, DesktopFilter.ALL, 0, 0)))
                .isEqualTo(new Page<>(7, List.of()));
        assertThat(await(store.list(database.client(), PROJECT, DesktopFilter.ALL, 3, 2_147_483_647))
                        .total())
                .isEqualTo(7);
    }

    @Test
    void resolvesTargetsByNameAndIdWithinTheProject() {
        UUID pool = fixture.pool(PROJECT, "pool");
        UUID b = fixture.desktop(PROJECT, pool, "b");
        UUID a = fixture.desktop(PROJECT, pool, "a");
        UUID foreign = fixture.desktop(OTHER_PROJECT, null, "a");
        fixture.connect(b, host());

        List<DesktopStore.Target> both =
                List.of(new DesktopStore.Target(a, "a", false), new DesktopStore.Target(b, "b", true));
        assertThat(await(store.findTargets(database.client(), PROJECT, List.of(b, foreign, a, UUID.randomUUID(), b))))
                .isEqualTo(both);
        assertThat(await(store.listPoolTargets(database.client(), PROJECT, pool)))
                .isEqualTo(both);
        assertThat(await(store.listPoolTargets(database.client(), OTHER_PROJECT, pool)))
                .isEmpty();
    }

    @Test
    void cutsWhatAnAgentSaysToWhatCanBeStored() {
        HostInfo said = host();
        HostInfo hostile = new HostInfo(
                "BeOS",
                "na\u0000me",
                "v".repeat(5000),
                "amd64",
                "h",
                "machine-1",
                "boot-2",
                Instant.MAX,
                said.cpu(),
                -5,
                said.disks(),
                said.interfaces(),
                said.users());
        UUID id = fixture.desktop(PROJECT, null, "pc", hostile);

        HostInfo stored = get(id).host();
        assertThat(stored.osType()).isEqualTo("Others");
        assertThat(stored.osName()).isEqualTo("name");
        assertThat(stored.osVersion()).hasSize(255);
        assertThat(stored.bootTime()).isEqualTo(Instant.EPOCH);
        assertThat(stored.memoryBytes()).isZero();
    }

    private Desktop get(UUID id) {
        return await(store.find(database.client(), PROJECT, id)).orElseThrow();
    }
}
