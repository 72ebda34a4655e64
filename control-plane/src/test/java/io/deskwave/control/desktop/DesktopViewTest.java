package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DesktopViewTest {
    private static final UUID ID = UUID.fromString("00000000-0000-4000-8000-000000000001");
    private static final UUID POOL = UUID.fromString("00000000-0000-4000-8000-000000000002");
    private static final Instant CREATED = Instant.parse("2022-05-11T11:45:42Z");

    @ParameterizedTest
    @CsvSource({
        "false, '',        SHUTOFF, UNREGISTER",
        "false, ann,       SHUTOFF, UNREGISTER",
        "true,  '',        ACTIVE,  REGISTERED",
        "true,  ann,       ACTIVE,  CONNECTED",
    })
    void tellsWhetherItIsConnectedAndInUse(boolean connected, String user, String status, String loginStatus) {
        HostInfo host = user.isEmpty() ? host("10.0.0.1") : host("10.0.0.1", user);

        JsonObject detail = detail(desktop(host, connected, null));
        JsonObject simple = new JsonObject(DesktopView.simple(desktop(host, connected, null)));

        assertThat(detail.getString("status")).isEqualTo(status);
        assertThat(detail.getString("login_status")).isEqualTo(loginStatus);
        assertThat(detail.getBoolean("connected")).isEqualTo(connected);
        assertThat(simple.getString("status")).isEqualTo(status);
        assertThat(simple.getString("connect_status")).isEqualTo(loginStatus);
    }

    @Test
    void mapsWhatTheAgentSaidToTheVendorsFields() {
        JsonObject view = detail(desktop(host("10.0.0.1", "ann", "bob", "ann"), true, POOL));

        assertThat(view.getString("desktop_id")).isEqualTo(ID.toString());
        assertThat(view.getString("computer_name")).isEqualTo("pc");
        assertThat(view.getString("os_host_name")).isEqualTo("host-1");
        assertThat(view.getString("created")).isEqualTo("2022-05-11T11:45:42.000Z");
        assertThat(view.getString("last_seen_at")).isEqualTo("2022-05-11T11:45:42.000Z");
        assertThat(view.getString("desktop_type")).isEqualTo("POOLED");
        assertThat(view.getString("pool_id")).isEqualTo(POOL.toString());
        assertThat(view.getString("ipv4")).isEqualTo("10.0.0.1");
        assertThat(view.getString("ipv6")).isEqualTo("2001:db8::5");
        assertThat(view.getJsonArray("ip_addresses")).isEqualTo(JsonArray.of("10.0.0.1", "2001:db8::5"));
        assertThat(view.getJsonObject("addresses").getJsonArray("eth0").getJsonObject(0))
                .isEqualTo(new JsonObject()
                        .put("addr", "10.0.0.1")
                        .put("version", "4")
                        .put("OS-EXT-IPS-MAC:mac_addr", "02:00:00:00:00:01")
                        .put("OS-EXT-IPS:type", "fixed"));
        assertThat(view.getJsonArray("user_list")).isEqualTo(JsonArray.of("ann", "bob"));
        assertThat(view.getString("user_name")).isEqualTo("ann");
        assertThat(view.getJsonObject("metadata"))
                .isEqualTo(new JsonObject()
                        .put("os_type", "Linux")
                        .put("os_bit", "64")
                        .put("desktop_os_version", "Debian GNU/Linux 12 (bookworm)"));
        assertThat(view.getString("os_version")).isEqualTo("Debian GNU/Linux 12 (bookworm)");
        assertThat(view.getJsonObject("root_volume").getInteger("size")).isEqualTo(64);
        assertThat(view.getJsonObject("root_volume").getString("device")).isEqualTo("/dev/sda");
        assertThat(view.getJsonArray("data_volumes").getJsonObject(0).getInteger("size"))
                .isEqualTo(466);
        assertThat(view.getJsonObject("product").getString("cpu")).isEqualTo("4");
        assertThat(view.getJsonObject("product").getString("memory")).isEqualTo("8192");
        assertThat(view.getJsonArray("script_types")).isEqualTo(JsonArray.of("POWERSHELL", "SHELL"));
        assertThat(view.getJsonObject("host").getString("machine_id")).isEqualTo("machine-1");
        assertThat(view.getJsonObject("host").getString("boot_time")).isEqualTo("2026-11-20T08:00:00Z");
        assertThat(view.getString("boot_id")).isEqualTo("boot-1");
        assertThat(view.getJsonArray("tags"))
                .isEqualTo(JsonArray.of(new JsonObject().put("key", "site").put("value", "bonn")));
    }

    @ParameterizedTest
    @CsvSource({"amd64, 64", "x86_64, 64", "aarch64, 64", "ARM64, 64", "i686, 32", "x86, 32", "arm, 32", "s390x, 64"})
    void tellsTheWidthOfTheArchitecture(String architecture, String bit) {
        HostInfo host = host();
        HostInfo other = new HostInfo(
                host.osType(),
                host.osName(),
                host.osVersion(),
                architecture,
                host.hostname(),
                host.machineId(),
                host.bootId(),
                host.bootTime(),
                host.cpu(),
                host.memoryBytes(),
                host.disks(),
                host.interfaces(),
                host.users());

        assertThat(detail(desktop(other, true, null)).getJsonObject("metadata").getString("os_bit"))
                .isEqualTo(bit);
    }

    @Test
    void leavesOutWhatIsNotKnown() {
        HostInfo host = host();
        var bare = new HostInfo(
                "Others", "", "", "", "", "", "", Instant.EPOCH, host.cpu(), 0, List.of(), List.of(), List.of());

        JsonObject view = detail(new Desktop(
                ID,
                "p",
                null,
                "pc",
                bare,
                "",
                Set.of(),
                "",
                new JsonObject(),
                false,
                false,
                null,
                CREATED,
                null,
                List.of()));

        assertThat(view.fieldNames())
                .doesNotContain("ipv4", "ipv6", "user_name", "root_volume", "pool_id", "last_seen_at");
        assertThat(view.getString("desktop_type")).isEqualTo("DEDICATED");
        assertThat(view.getJsonArray("data_volumes")).isEmpty();
    }

    private static JsonObject detail(Desktop desktop) {
        return new JsonObject(new JsonObject(DesktopView.detail(desktop)).encode());
    }

    private static Desktop desktop(HostInfo host, boolean connected, @Nullable UUID poolId) {
        return new Desktop(
                ID,
                "p",
                poolId,
                "pc",
                host,
                host.bootId(),
                Set.of(ScriptType.SHELL, ScriptType.POWERSHELL),
                "0.1.0",
                new JsonObject(),
                connected,
                false,
                null,
                CREATED,
                CREATED,
                List.of(new Tag("site", "bonn")));
    }
}
