package io.deskwave.control.desktop;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Database;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.HostInfo.Cpu;
import io.deskwave.protocol.HostInfo.Disk;
import io.deskwave.protocol.HostInfo.LoggedOnUser;
import io.deskwave.protocol.HostInfo.NetworkInterface;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Projects, pools and desktops as tests need them. */
public final class DesktopFixture {
    public static final String PROJECT = "a".repeat(32);
    public static final String OTHER_PROJECT = "b".repeat(32);
    public static final UUID NODE = UUID.fromString("00000000-0000-4000-8000-00000000000a");

    private static final IdentityStore IDENTITIES = new IdentityStore();
    private static final SessionStore SESSIONS = new SessionStore();
    private final Database database;

    /** Makes both projects. */
    @CanIgnoreReturnValue
    public DesktopFixture(Database database) {
        this.database = database;
        execute("INSERT INTO domains (id, name) VALUES ($1, 'local')", "d".repeat(32));
        execute("INSERT INTO projects (id, domain_id, name) VALUES ($1, $2, 'one')", PROJECT, "d".repeat(32));
        execute("INSERT INTO projects (id, domain_id, name) VALUES ($1, $2, 'other')", OTHER_PROJECT, "d".repeat(32));
    }

    @CanIgnoreReturnValue
    public static <T> T await(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer in 20 s", e);
        }
    }

    public void execute(String sql, Object... arguments) {
        await(database.client().preparedQuery(sql).execute(Tuple.from(Arrays.asList(arguments))));
    }

    public long count(String sql, Object... arguments) {
        return await(database.client().preparedQuery(sql).execute(Tuple.from(Arrays.asList(arguments))))
                .iterator()
                .next()
                .getLong(0);
    }

    @CanIgnoreReturnValue
    public UUID pool(String projectId, String name) {
        return await(new PoolStore()
                .insert(database.client(), projectId, new DesktopPool.New(name, "DYNAMIC", "", new JsonObject())));
    }

    @CanIgnoreReturnValue
    public UUID desktop(String projectId, @Nullable UUID poolId, String name, HostInfo host) {
        String key = UUID.randomUUID().toString();
        var desktop = new IdentityStore.New(projectId, poolId, name, key, host);
        return Objects.requireNonNull(
                await(IDENTITIES.insert(database.client(), List.of(desktop))).get(key));
    }

    @CanIgnoreReturnValue
    public UUID desktop(String projectId, @Nullable UUID poolId, String name) {
        return desktop(projectId, poolId, name, host());
    }

    @CanIgnoreReturnValue
    public SessionStore.Session connect(UUID desktopId, HostInfo host) {
        return connect(desktopId, NODE, host);
    }

    @CanIgnoreReturnValue
    public SessionStore.Session connect(UUID desktopId, UUID node, HostInfo host) {
        return await(SESSIONS.connect(database.client(), node, List.of(arrival(desktopId, host))))
                .sessions()
                .iterator()
                .next();
    }

    /** Of the agent that has the desktop's key of now. */
    public SessionStore.Arrival arrival(UUID desktopId, HostInfo host) {
        return new SessionStore.Arrival(
                desktopId, key(desktopId), UUID.randomUUID(), host, Set.of(ScriptType.SHELL), "0.1.0");
    }

    public String key(UUID desktopId) {
        return await(database.client()
                        .preparedQuery("SELECT coalesce((SELECT public_key FROM desktops WHERE id = $1), 'of nobody')")
                        .execute(Tuple.of(desktopId)))
                .iterator()
                .next()
                .getString(0);
    }

    public static HostInfo host() {
        return host("10.1.2.3");
    }

    /** A Linux machine with this address and these users logged on. */
    public static HostInfo host(String ip, String... users) {
        return new HostInfo(
                "Linux",
                "Debian GNU/Linux",
                "12 (bookworm)",
                "amd64",
                "host-1",
                "machine-1",
                "boot-1",
                Instant.parse("2026-11-20T08:00:00Z"),
                new Cpu("Model X", 2, 4),
                8L << 30,
                List.of(new Disk("/dev/sda", "Disk A", 64L << 30), new Disk("/dev/sdb", "Disk B", 500_107_862_016L)),
                List.of(
                        new NetworkInterface("lo", "", List.of("127.0.0.1"), List.of("::1")),
                        new NetworkInterface(
                                "eth0", "02:00:00:00:00:01", List.of(ip), List.of("fe80::1", "2001:db8::5"))),
                Arrays.stream(users)
                        .map(user -> new LoggedOnUser(user, "tty1", "", Instant.parse("2026-11-21T08:00:00Z")))
                        .toList());
    }
}
