package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.agent.EnrollmentTokenRoutes;
import io.deskwave.control.agent.EnrollmentTokens;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.http.Operations;
import io.deskwave.protocol.Enrollment;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The operations of the room through the real front door; who calls is made up. */
class DesktopRoutesTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-21T12:00:00Z"));

    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE = TestDatabase.fresh(VERTX);
    private static final DesktopFixture FIXTURE = new DesktopFixture(DATABASE);
    private static final ApiFixture API = new ApiFixture(VERTX, PROJECT, DesktopRoutesTest::mount);
    private UUID pool = UUID.randomUUID();
    private UUID desktop = UUID.randomUUID();
    private UUID foreign = UUID.randomUUID();

    private static void mount(Operations operations) {
        var store = new DesktopStore();
        var jobs = new JobStore();
        var desktops = new Desktops(DATABASE, store, (tx, project, id) -> Future.succeededFuture(), id -> {});
        var tokens = new EnrollmentTokens(DATABASE, CLOCK, () -> "http://127.0.0.1:1", null);
        var places = new Places(DATABASE, jobs, new PoolStore(), tokens, CLOCK);
        new DesktopRoutes(desktops, new Deletions(DATABASE, store, desktops, jobs, CLOCK)).mount(operations);
        new PoolRoutes(new Pools(DATABASE, new PoolStore(), store, jobs, places, CLOCK)).mount(operations);
        new JobRoutes(new Jobs(DATABASE, jobs)).mount(operations);
        new EnrollmentTokenRoutes(tokens, CLOCK).mount(operations);
    }

    @BeforeEach
    void fill() {
        FIXTURE.execute("TRUNCATE desktops, desktop_pools, enrollment_tokens, jobs CASCADE");
        pool = FIXTURE.pool(PROJECT, "pool");
        desktop = FIXTURE.desktop(PROJECT, pool, "pc-1");
        foreign = FIXTURE.desktop(OTHER_PROJECT, null, "theirs");
        FIXTURE.connect(desktop, host("10.0.0.1", "ann"));
    }

    @AfterAll
    static void close() throws Exception {
        VERTX.close().await(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "GET    | {v2}/desktops?limit=1001                        | -   | 400 | limit",
                "GET    | {v2}/desktops?limit=-1                          | -   | 400 | limit",
                "GET    | {v2}/desktops?limit=ten                         | -   | 400 | limit",
                "GET    | {v2}/desktops?offset=-1                         | -   | 400 | offset",
                "GET    | {v2}/desktops?computer_nam=x                    | -   | 400 | computer_name",
                "GET    | {v2}/desktops?is_share_desktop=maybe            | -   | 400 | is_share_desktop",
                "GET    | {v2}/desktops?computer_name=%00                 | -   | 400 | computer_name",
                "GET    | {v2}/desktops/detail?sort_field=status          | -   | 400 | sort_field",
                "GET    | {v2}/desktops/detail?sort_type=up               | -   | 400 | sort_type",
                "GET    | {v2}/desktops/nonsense                          | -   | 404 | desktop nonsense",
                "GET    | {v2}/desktops/{foreign}                         | -   | 404 | desktop",
                "PUT    | {v2}/desktops/{foreign} | {'desktop':{'computer_name':'x'}} | 404 | desktop",
                "DELETE | {v2}/desktops/{foreign}                         | -   | 404 | desktop",
                "PUT    | {v2}/desktops/{desktop} | {'desktop':{'computer_name':''}}  | 400 | computer_name",
                "PUT    | {v2}/desktops/{desktop} | {'desktop':{'computer_name':'  '}} | 400 | computer_name",
                "PUT    | {v2}/desktops/{desktop} | {'desktop':{'computer_name':'a\\nb'}} | 400 | computer_name",
                "PUT    | {v2}/desktops/{desktop} | {'desktop':{'computer_nam':'x'}}  | 400 | computer_name",
                "PUT    | {v2}/desktops/{desktop} | {'computer_name':'x'}             | 400 | computer_name",
                "PUT    | {v2}/desktops/{desktop} | []                                | 400 | object",
                "PUT    | {v2}/desktops/{desktop} | -                                 | 400 | body",
                "POST   | {v2}/desktop-pools      | {'type':'DYNAMIC'}                | 400 | name",
                "POST   | {v2}/desktop-pools      | {'name':'p'}                      | 400 | type",
                "POST   | {v2}/desktop-pools      | {'name':'p','type':'BIG'}         | 400 | type",
                "POST   | {v2}/desktop-pools      | {'name':' ','type':'STATIC'}      | 400 | name",
                "POST   | {v2}/desktop-pools      | {'name':5,'type':'STATIC'}        | 400 | name",
                "POST   | {v2}/desktop-pools      | {'name':'p','type':'STATIC','size':101} | 400 | size",
                "POST   | {v2}/desktop-pools      | {'name':'p','type':'STATIC','image_name':5} | 400 | image_name",
                "POST   | {v2}/desktop-pools      | {'name':'p','type':'STATIC','x':'\\u0000'} | 400 | x",
                "POST   | {v2}/desktop-pools      | {'name':'pool','type':'STATIC'}   | 409 | pool",
                "GET    | {v2}/desktop-pools?limit=1001                   | -   | 400 | limit",
                "GET    | {v2}/desktop-pools?offset=20001                 | -   | 400 | offset",
                "GET    | {v2}/desktop-pools/nonsense                     | -   | 404 | pool",
                "PUT    | {v2}/desktop-pools/{pool} | {'type':'STATIC'}               | 400 | type",
                "PUT    | {v2}/desktop-pools/{pool} | {'name':''}                     | 400 | name",
                "PUT    | {v2}/desktop-pools/{desktop} | {'name':'x'}                 | 404 | pool",
                "DELETE | {v2}/desktop-pools/{pool}                       | -   | 409 | 1 desktops",
                "DELETE | {v2}/desktop-pools/{desktop}                    | -   | 404 | pool",
                "GET    | {v2}/desktop-pools/{pool}/desktops?limit=0      | -   | 400 | limit",
                "GET    | {v2}/desktop-pools/{pool}/desktops?limit=101    | -   | 400 | limit",
                "GET    | {v2}/desktop-pools/{desktop}/desktops           | -   | 404 | pool",
                "POST   | {v2}/desktop-pools/{pool}/desktops | {}                     | 400 | desktop_ids",
                "POST   | {v2}/desktop-pools/{pool}/desktops | {'desktop_ids':[]}     | 400 | desktop_ids",
                "POST   | {v2}/desktop-pools/{pool}/desktops | {'desktop_ids':'x'}    | 400 | desktop_ids",
                "POST   | {v2}/desktop-pools/{pool}/desktops | {'desktop_ids':['x']}  | 404 | desktop x",
                "POST   | {v2}/desktop-pools/{pool}/desktops | {'desktop_ids':['{foreign}']} | 404 | desktop",
                "POST   | {v2}/desktop-pools/{pool}/desktops | {'desktop_id':['x']}   | 400 | desktop_ids",
                "DELETE | {v2}/desktop-pools/{pool}/desktops | {'desktop_ids':['{foreign}']} | 404 | desktop",
                "GET    | {v2}/workspace-jobs/nonsense                    | -   | 404 | job",
                "GET    | {v2}/workspace-jobs/{desktop}                   | -   | 404 | job",
                "POST   | /v1/enrollment-tokens | {'pool_id':'{foreign}'}             | 404 | pool",
                "POST   | /v1/enrollment-tokens | {'pool_id':'nonsense'}              | 404 | pool",
                "POST   | /v1/enrollment-tokens | {'max_uses':0}                      | 400 | max_uses",
                "POST   | /v1/enrollment-tokens | {'max_use':1}                       | 400 | max_uses",
                "POST   | /v1/enrollment-tokens | {'expires_at':'tomorrow'}           | 400 | expires_at",
                "POST   | /v1/enrollment-tokens | {'expires_at':'2026-11-21T12:00:00Z'} | 400 | expires_at",
                "POST   | /v1/enrollment-tokens | {'expires_at':'+99999-01-01T00:00:00Z'} | 400 | expires_at",
                "POST   | /v1/enrollment-tokens | {'expires_at':'2027-01-01T00:00:00Z','expires_in_minutes':1} | 400 | both",
                "POST   | /v1/enrollment-tokens | {'expires_in_minutes':0}            | 400 | expires_in_minutes",
                "DELETE | /v1/enrollment-tokens/nonsense                  | -   | 404 | token",
                "DELETE | /v1/enrollment-tokens/{desktop}                 | -   | 404 | token",
            })
    void refusesWithAWord(String method, String path, String body, int status, String word) throws Exception {
        ApiFixture.Answer response = send(method, path, body, "*");

        assertThat(response.status()).as(response.text()).isEqualTo(status);
        assertThat(new JsonObject(response.text()).getString("error_msg")).contains(word);
        assertThat(new JsonObject(response.text()).getString("error_code")).startsWith("WKS.");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, {v2}/desktops, workspace:desktops:list",
        "GET, {v2}/desktops/detail, workspace:desktops:list",
        "GET, {v2}/desktops/{desktop}, workspace:desktops:get",
        "PUT, {v2}/desktops/{desktop}, workspace:desktops:update",
        "DELETE, {v2}/desktops/{desktop}, workspace:desktops:delete",
        "POST, {v2}/desktop-pools, workspace:desktopPools:create",
        "GET, {v2}/desktop-pools, workspace:desktopPools:list",
        "GET, {v2}/desktop-pools/{pool}, workspace:desktopPools:get",
        "PUT, {v2}/desktop-pools/{pool}, workspace:desktopPools:update",
        "DELETE, {v2}/desktop-pools/{pool}, workspace:desktopPools:delete",
        "GET, {v2}/desktop-pools/{pool}/desktops, workspace:desktopPools:listDesktops",
        "POST, {v2}/desktop-pools/{pool}/desktops, workspace:desktopPools:update",
        "DELETE, {v2}/desktop-pools/{pool}/desktops, workspace:desktopPools:update",
        "GET, {v2}/workspace-jobs/{pool}, workspace:jobs:get",
        "POST, /v1/enrollment-tokens, workspace:enrollmentTokens:create",
        "GET, /v1/enrollment-tokens, workspace:enrollmentTokens:list",
        "DELETE, /v1/enrollment-tokens/{pool}, workspace:enrollmentTokens:delete",
    })
    void needsThePermissionOfItsPage(String method, String path, String permission) throws Exception {
        assertThat(send(method, path, null, "workspace:else:*").status()).isEqualTo(403);
        assertThat(send(method, path, null, permission).status()).isNotEqualTo(403);
    }

    @Test
    void showsDesktopsInEachOfTheVendorsShapes() throws Exception {
        JsonObject list = get("{v2}/desktops?pool_id={pool}&desktop_id=&status=");
        assertThat(list.getInteger("total_count")).isEqualTo(1);
        assertThat(list.getJsonArray("desktops").getJsonObject(0).getString("connect_status"))
                .isEqualTo("CONNECTED");

        JsonObject detail = get("{v2}/desktops/detail?user_names=an&user_names=zoe&sort_field=computer_name");
        assertThat(detail.getInteger("total_count")).isEqualTo(1);
        JsonObject shown = get("{v2}/desktops/{desktop}").getJsonObject("desktop");
        assertThat(shown.getString("desktop_id")).isEqualTo(desktop.toString());
        assertThat(detail.getJsonArray("desktops").getJsonObject(0)).isEqualTo(shown);

        JsonObject pooled = get("{v2}/desktop-pools/{pool}/desktops?status=ACTIVE");
        assertThat(pooled.getInteger("total_count")).isEqualTo(1);
        assertThat(pooled.getJsonArray("pool_desktops").getJsonObject(0).getJsonArray("inconsistent_types"))
                .isEmpty();
        assertThat(get("{v2}/desktops?tag=a%3Db"))
                .isEqualTo(new JsonObject().put("total_count", 0).put("desktops", new JsonArray()));
    }

    @Test
    void renamesAndDeletesADesktop() throws Exception {
        ApiFixture.Answer renamed = send(
                "PUT",
                "{v2}/desktops/{desktop}",
                "{'desktop':{'computer_name':'caf\\u00e9','self_backup_management':null}}",
                "*");
        assertThat(renamed.status()).isEqualTo(200);
        assertThat(renamed.text()).isEqualTo("{}");
        assertThat(get("{v2}/desktops/{desktop}").getJsonObject("desktop").getString("computer_name"))
                .isEqualTo("caf\u00e9");

        assertThat(send("DELETE", "{v2}/desktops/{desktop}?delete_users=false", null, "*")
                        .status())
                .isEqualTo(204);
        assertThat(send("GET", "{v2}/desktops/{desktop}", null, "*").status()).isEqualTo(404);
    }

    @Test
    void makesAPoolAsTheVendorsSdkAsksForIt() throws Exception {
        ApiFixture.Answer created = send(
                "POST",
                "{v2}/desktop-pools",
                "{'name':'\\ud83d\\ude80 \\ud800','type':'DYNAMIC','size':0,'product_id':'p','image_type':'gold',"
                        + "'image_id':'i','root_volume':{'type':'SSD','size':80},'subnet_ids':['s'],'brand_new':[1]}",
                "*");
        assertThat(created.status()).as(created.text()).isEqualTo(200);
        JsonObject answer = new JsonObject(created.text());
        JsonObject shown = get("{v2}/desktop-pools/" + answer.getString("pool_id"));
        assertThat(shown.getString("status")).isEqualTo("STEADY");
        assertThat(shown.getJsonArray("brand_new")).isEqualTo(JsonArray.of(1));
        assertThat(shown.getJsonObject("root_volume").getInteger("size")).isEqualTo(80);
        assertThat(get("{v2}/desktop-pools?type=DYNAMIC").getInteger("total_count"))
                .isEqualTo(2);

        JsonObject job = get("{v2}/workspace-jobs/" + answer.getString("job_id"));
        assertThat(job.getString("status")).isEqualTo("SUCCESS");
        assertThat(job.getInteger("sub_jobs_total")).isEqualTo(1);
        assertThat(job.getJsonArray("sub_jobs").getJsonObject(0).getString("status"))
                .isEqualTo("SUCCESS");
    }

    @Test
    void changesFillsEmptiesAndDeletesAPool() throws Exception {
        assertThat(send("PUT", "{v2}/desktop-pools/{pool}", "{'description':'d','ou_name':'o'}", "*")
                        .text())
                .isEqualTo("{}");
        assertThat(get("{v2}/desktop-pools/{pool}").getString("ou_name")).isEqualTo("o");

        String ids = "{'desktop_ids':['{desktop}','{desktop}']}";
        assertThat(send("DELETE", "{v2}/desktop-pools/{pool}/desktops", ids, "*")
                        .text())
                .isEqualTo("{}");
        assertThat(send("POST", "{v2}/desktop-pools/{pool}/desktops", ids, "*").text())
                .isEqualTo("{}");
        assertThat(get("{v2}/desktop-pools/{pool}").getInteger("desktop_count")).isEqualTo(1);
        assertThat(send("DELETE", "{v2}/desktop-pools/{pool}/desktops", ids, "*")
                        .status())
                .isEqualTo(200);
        assertThat(send("DELETE", "{v2}/desktop-pools/{pool}", null, "*").status())
                .isEqualTo(204);
    }

    @Test
    void showsAnEnrollmentTokenOnceAndNeverAgain() throws Exception {
        ApiFixture.Answer created = send(
                "POST",
                "/v1/enrollment-tokens",
                "{'pool_id':'{pool}','expires_in_minutes':5,'max_uses':3,'description':'text'}",
                "*");
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        JsonObject token = new JsonObject(created.text());
        String text = token.getString("enrollment_token");
        assertThat(Enrollment.Token.decode(text).endpoint()).isEqualTo("http://127.0.0.1:1");
        assertThat(token.getString("expires_at")).isEqualTo("2026-11-21T12:05:00Z");
        assertThat(token.getString("status")).isEqualTo("ACTIVE");
        assertThat(token.getString("pool_id")).isEqualTo(pool.toString());

        JsonObject list = get("/v1/enrollment-tokens");
        assertThat(list.getInteger("total_count")).isEqualTo(1);
        token.remove("enrollment_token");
        assertThat(list.getJsonArray("enrollment_tokens").getJsonObject(0)).isEqualTo(token);

        assertThat(send("DELETE", "/v1/enrollment-tokens/" + token.getString("id"), null, "*")
                        .status())
                .isEqualTo(204);
        assertThat(get("/v1/enrollment-tokens").getInteger("total_count")).isZero();
        assertThat(send("POST", "/v1/enrollment-tokens", null, "*").status()).isEqualTo(201);
    }

    private JsonObject get(String path) throws Exception {
        ApiFixture.Answer response = send("GET", path, null, "*");
        assertThat(response.status()).as(response.text()).isEqualTo(200);
        return new JsonObject(response.text());
    }

    /** In the body, single quotes stand for double ones. */
    private ApiFixture.Answer send(String method, String path, @Nullable String body, String token) {
        return API.send(method, filled(path), body == null ? null : filled(body), token);
    }

    private String filled(String text) {
        return text.replace("{v2}", "/v2/" + PROJECT)
                .replace("{pool}", pool.toString())
                .replace("{desktop}", desktop.toString())
                .replace("{foreign}", foreign.toString());
    }
}
