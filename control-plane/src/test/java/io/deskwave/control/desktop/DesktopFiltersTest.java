package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.agent.EnrollmentTokens;
import io.deskwave.control.contract.FilterTable;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The lists of desktops and pools over HTTP: every documented filter alone and any two together, and the limits of pages. */
final class DesktopFiltersTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE = TestDatabase.fresh(VERTX);
    private static final DesktopFixture FIXTURE = new DesktopFixture(DATABASE);
    private static final ApiFixture API = new ApiFixture(VERTX, PROJECT, DesktopFiltersTest::mount);
    private static final UUID OFFICE = FIXTURE.pool(PROJECT, "office");
    private static final UUID LAB = FIXTURE.pool(PROJECT, "Lab of the office");
    private static final UUID FIRST = FIXTURE.desktop(PROJECT, OFFICE, "pc-1", host("10.0.0.1", "ann"));
    private static final UUID SECOND = FIXTURE.desktop(PROJECT, OFFICE, "pc-2", host("10.0.0.2"));

    private static void mount(Operations operations) {
        var store = new DesktopStore();
        var jobs = new JobStore();
        var clock = InstantSource.system();
        var desktops = new Desktops(DATABASE, store, (tx, project, id) -> Future.succeededFuture(), id -> {});
        var tokens = new EnrollmentTokens(DATABASE, clock, () -> "http://127.0.0.1:1", null);
        var places = new Places(DATABASE, jobs, new PoolStore(), tokens, clock);
        new DesktopRoutes(desktops, new Deletions(DATABASE, store, desktops, jobs, clock)).mount(operations);
        new PoolRoutes(new Pools(DATABASE, new PoolStore(), store, jobs, places, clock)).mount(operations);
    }

    @BeforeAll
    static void fill() {
        UUID third = FIXTURE.desktop(PROJECT, LAB, "PC-21", host("10.0.0.3", "bob", "joanna"));
        UUID fourth = FIXTURE.desktop(PROJECT, null, "kiosk", host("10.0.0.4", "bob"));
        UUID fifth = FIXTURE.desktop(PROJECT, null, "kiosk %", host("10.0.0.5"));
        FIXTURE.connect(FIRST, host("10.0.0.1", "ann"));
        FIXTURE.connect(SECOND, host("10.0.0.2"));
        FIXTURE.connect(fourth, host("10.0.0.4", "bob"));
        FIXTURE.desktop(DesktopFixture.OTHER_PROJECT, null, "pc-1");
        tag(FIRST, "room", "1");
        tag(FIRST, "quiet", "");
        tag(SECOND, "room", "2");
        tag(third, "room", "1");
        tag(fifth, "quiet", "very");
    }

    private static void tag(UUID desktop, String key, String value) {
        await(new TagStore().put(DATABASE.client(), PROJECT, desktop, List.of(new Tag(key, value))));
    }

    @AfterAll
    static void stop() throws Exception {
        VERTX.close().await(20, TimeUnit.SECONDS);
    }

    private static FilterTable desktops(String path, String rows, int mostRows) {
        return new FilterTable(
                        query -> API.send("GET", "{v2}" + path + "?" + query, null)
                                .json(),
                        rows,
                        "total_count",
                        "desktop_id",
                        mostRows)
                .filter("computer_name=pc-", name("pc-"))
                .filter("computer_name=%25", name("%"))
                .filter("desktop_ip=10.0.0.1", row -> row.getString("computer_name")
                        .equals("pc-1"))
                .filter("status=ACTIVE", has("status", "ACTIVE"))
                .filter("status=SHUTOFF", has("status", "SHUTOFF"))
                .filter("status=ERROR", row -> false)
                .filter("desktop_type=POOLED", has("desktop_type", "POOLED"))
                .filter("desktop_type=DEDICATED", has("desktop_type", "DEDICATED"))
                .filter("desktop_id=" + FIRST + "&desktop_id=" + SECOND, isOneOf(FIRST, SECOND))
                .filter("tag=room%3D1", row -> tags(row).contains("room=1"))
                .filter("tag=room", row -> tags(row).contains("room="))
                .filter(
                        "tag=room%3D1,quiet",
                        row -> tags(row).contains("room=1") && tags(row).contains("quiet="))
                .filter("enterprise_project_id=7", row -> false)
                .filter("is_share_desktop=true", row -> false)
                .filter("subnet_id=s", row -> false);
    }

    @Test
    void everyTwoFiltersOfDesktops() {
        desktops("/desktops", "desktops", 1000)
                .filter("user_name=an", user("an"))
                .filter("user_name=BOB&user_name=an", user("bob").or(user("an")))
                .filter("pool_id=" + OFFICE, has("pool_id", OFFICE.toString()))
                .filter("pool_id=" + OFFICE + "," + LAB, row -> row.containsKey("pool_id"))
                .filter("sids=1", row -> false)
                .filter("site_id=1", row -> false)
                .check();
    }

    @Test
    void everyTwoFiltersOfDesktopsInDetail() {
        desktops("/desktops/detail", "desktops", 1000)
                .filter("user_name=an", user("an"))
                .filter("computer_names=pc-1&computer_names=KIOSK", row -> List.of("pc-1", "kiosk")
                        .contains(row.getString("computer_name")))
                .filter("pool_id=" + OFFICE, has("pool_id", OFFICE.toString()))
                .filter("login_status=CONNECTED", has("login_status", "CONNECTED"))
                .filter("login_status=REGISTERED", has("login_status", "REGISTERED"))
                .filter("login_status=UNREGISTER", has("login_status", "UNREGISTER"))
                .filter("user_attached=true", row -> false)
                .filter("in_maintenance_mode=true", row -> false)
                .filter("image_id=1", row -> false)
                .filter("charge_mode=1", row -> false)
                .filter("availability_zone=1", row -> false)
                .filter("sids=1", row -> false)
                .check();
    }

    @Test
    void everyTwoFiltersOfAPoolsDesktops() {
        new FilterTable(
                        query -> API.send("GET", "{v2}/desktop-pools/" + OFFICE + "/desktops?" + query, null)
                                .json(),
                        "pool_desktops",
                        "total_count",
                        "desktop_id",
                        100)
                .filter("computer_name=1", name("1"))
                .filter("computer_names=pc-2", has("computer_name", "pc-2"))
                .filter("desktop_ip=10.0.0.2", has("computer_name", "pc-2"))
                .filter("status=SHUTOFF", row -> false)
                .filter("user_name=an", user("an"))
                .filter("user_names=ann&user_names=nobody", user("ann"))
                .filter("desktop_id=" + SECOND, isOneOf(SECOND))
                .filter("desktop_type=DEDICATED", row -> false)
                .filter("tag=room%3D2", has("computer_name", "pc-2"))
                .filter("inconsistent_type=IMAGE_ID", row -> false)
                .filter("isolated=true", row -> false)
                .filter("user_attached=true", row -> false)
                .check();
    }

    @Test
    void everyTwoFiltersOfPools() {
        UUID resting = FIXTURE.pool(PROJECT, "resting");
        assertThat(API.send("PUT", "{v2}/desktop-pools/" + resting, "{'in_maintenance_mode':true}")
                        .status())
                .isEqualTo(200);
        new FilterTable(
                        query -> API.send("GET", "{v2}/desktop-pools?" + query, null)
                                .json(),
                        "desktop_pools",
                        "total_count",
                        "id",
                        1000)
                .filter("name=OFFICE", row -> row.getString("name").contains("office"))
                .filter("type=STATIC", row -> false)
                .filter("enterprise_project_id=9", row -> false)
                .filter("in_maintenance_mode=true", row -> row.getBoolean("in_maintenance_mode", false))
                .filter("in_maintenance_mode=false", row -> !row.getBoolean("in_maintenance_mode", false))
                .check();
    }

    /** {@code user_names} takes the place of {@code user_name}. */
    @Test
    void severalUserNamesTakeThePlaceOfOne() {
        assertThat(names("user_name=bob&user_names=ann"))
                .isEqualTo(names("user_names=ann"))
                .containsExactly("pc-1", "PC-21");
    }

    @ParameterizedTest
    @ValueSource(strings = {"created", "computer_name"})
    void sortsBothWays(String field) {
        List<String> up = names("sort_field=" + field);
        assertThat(names("sort_field=" + field + "&sort_type=ASC")).isEqualTo(up);
        List<String> down = names("sort_field=" + field + "&sort_type=DESC");
        assertThat(down).hasSize(5);
        Collections.reverse(up);
        assertThat(down).isEqualTo(up);
    }

    private static List<String> names(String query) {
        return API.send("GET", "{v2}/desktops/detail?" + query, null).json().getJsonArray("desktops").stream()
                .map(row -> ((JsonObject) row).getString("computer_name"))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    @ParameterizedTest
    @CsvSource({
        "/desktops, 1000",
        "/desktops/detail, 1000",
        "/desktop-pools, 1000",
    })
    void pagesHaveLimits(String path, int most) {
        assertThat(API.send("GET", "{v2}" + path + "?limit=" + most, null).status())
                .isEqualTo(200);
        assertThat(API.send("GET", "{v2}" + path + "?limit=" + (most + 1), null).status())
                .isEqualTo(400);
        assertThat(API.send("GET", "{v2}" + path + "?limit=-1", null).status()).isEqualTo(400);
        JsonObject none = API.send("GET", "{v2}" + path + "?limit=0", null).json();
        assertThat(none.getInteger("total_count")).isPositive();
        assertThat(none.getJsonArray(path.startsWith("/desktops") ? "desktops" : "desktop_pools"))
                .isEmpty();
    }

    private static Predicate<JsonObject> has(String member, String value) {
        return row -> value.equals(row.getString(member));
    }

    private static Predicate<JsonObject> name(String part) {
        return row -> row.getString("computer_name").toLowerCase(Locale.ROOT).contains(part);
    }

    private static Predicate<JsonObject> isOneOf(UUID... ids) {
        return row -> List.of(ids).contains(UUID.fromString(row.getString("desktop_id")));
    }

    /** By all who are logged on; the short rows name the first, and the test's desktops tell the others apart by it. */
    private static Predicate<JsonObject> user(String part) {
        return row -> {
            JsonArray users = row.getJsonArray("user_list", new JsonArray());
            boolean joanna = "PC-21".equals(row.getString("computer_name"));
            return users.stream().anyMatch(name -> name.toString().contains(part))
                    || row.getString("user_name", "").contains(part)
                    || (joanna && "joanna".contains(part));
        };
    }

    /** {@code key=value} and {@code key=} of each. */
    private static List<String> tags(JsonObject row) {
        return row.getJsonArray("tags").stream()
                .map(JsonObject.class::cast)
                .flatMap(tag ->
                        Stream.of(tag.getString("key") + "=" + tag.getString("value"), tag.getString("key") + "="))
                .toList();
    }
}
