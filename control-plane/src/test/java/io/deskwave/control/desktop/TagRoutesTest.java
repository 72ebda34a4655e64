package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.ApiFixture.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tags through the real front door. */
class TagRoutesTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE = TestDatabase.fresh(VERTX);
    private static final DesktopFixture FIXTURE = new DesktopFixture(DATABASE);
    private static final ApiFixture API = new ApiFixture(VERTX, PROJECT, operations -> {
        var store = new DesktopStore();
        var desktops = new Desktops(DATABASE, store, (tx, project, id) -> Future.succeededFuture(), id -> {});
        var jobs = new JobStore();
        var clock = InstantSource.system();
        var places = new Places(DATABASE, jobs, new PoolStore(), DesktopServer.NO_TOKENS, clock);
        new DesktopRoutes(desktops, new Deletions(DATABASE, store, desktops, jobs, clock)).mount(operations);
        new PoolRoutes(new Pools(DATABASE, new PoolStore(), store, jobs, places, clock)).mount(operations);
        new TagRoutes(new Tags(DATABASE, new TagStore()), desktops).mount(operations);
    });

    private final Map<String, UUID> ids = new HashMap<>();

    @BeforeEach
    void fill() {
        FIXTURE.execute("TRUNCATE desktops, desktop_pools CASCADE");
        UUID pool = FIXTURE.pool(PROJECT, "pool");
        ids.put("pool", pool);
        for (String name : List.of("pc-1", "pc-2", "pc-3")) {
            ids.put(name, FIXTURE.desktop(PROJECT, pool, name));
        }
        ids.put("theirs", FIXTURE.desktop(OTHER_PROJECT, null, "theirs"));
    }

    @AfterAll
    static void close() throws Exception {
        VERTX.close().await(10, TimeUnit.SECONDS);
    }

    private Answer send(String method, String path, @Nullable String body) {
        return send(method, path, body, "*");
    }

    private Answer send(String method, String path, @Nullable String body, String token) {
        return API.send(method, filled(path), body == null ? null : filled(body), token);
    }

    private String filled(String text) {
        String filled = text;
        for (Map.Entry<String, UUID> id : ids.entrySet()) {
            filled = filled.replace("{" + id.getKey() + "}", id.getValue().toString());
        }
        return filled;
    }

    @CanIgnoreReturnValue
    private JsonObject ok(String method, String path, @Nullable String body) {
        Answer answer = send(method, path, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private void done(String method, String path, @Nullable String body) {
        Answer answer = send(method, path, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(204);
        assertThat(answer.text()).isEmpty();
    }

    /** Such as {@code site=bonn,owner=}. */
    private void tag(String desktop, String tags) {
        String json = List.of(tags.split(",")).stream()
                .map(tag -> tag.split("=", 2))
                .map(tag -> "{'key':'" + tag[0] + "','value':'" + tag[1] + "'}")
                .collect(Collectors.joining(","));
        done("POST", "{v2}/desktops/{" + desktop + "}/tags/action", "{'action':'create','tags':[" + json + "]}");
    }

    private String tagsOf(String desktop) {
        return text(ok("GET", "{v2}/desktops/{" + desktop + "}/tags", null).getJsonArray("tags"));
    }

    private static String text(JsonArray tags) {
        return tags.stream()
                .map(JsonObject.class::cast)
                .map(tag -> tag.getString("key") + "=" + tag.getString("value"))
                .collect(Collectors.joining(","));
    }

    private static String names(JsonObject answer, String rows, String name) {
        return answer.getJsonArray(rows).stream()
                .map(row -> ((JsonObject) row).getString(name))
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "POST   | {v2}/desktops/{pc-1}/tags | -                                    | 400 | body",
                "POST   | {v2}/desktops/{pc-1}/tags | {}                                   | 400 | tag is missing",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':'a'}                          | 400 | tag",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{}}                           | 400 | tag.key",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'value':'v'}}                | 400 | tag.key",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':''}}                   | 400 | tag.key",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':' a'}}                 | 400 | without a space",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a '}}                 | 400 | without a space",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'_sys_a'}}             | 400 | _sys_",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'..'}}                 | 400 | neither",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a/b'}}                | 400 | letters, digits",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a,b'}}                | 400 | letters, digits",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a\\n'}}               | 400 | letters, digits",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'\\u0000'}}            | 400 | U+0000",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':5}}                    | 400 | text in quotes",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a','value':5}}        | 400 | tag.value",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a','value':'x*'}}     | 400 | tag.value",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a','value':'x\\n'}}   | 400 | tag.value",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a','value':'{v44}'}}  | 400 | 43 characters",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'{k129}'}}             | 400 | 128 characters",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tag':{'key':'a','valeu':'x'}}      | 400 | did you mean value",
                "POST   | {v2}/desktops/{pc-1}/tags | {'tags':{'key':'a'}}                 | 400 | did you mean tag",
                "POST   | {v2}/desktops/{theirs}/tags | {'tag':{'key':'a'}}                | 404 | desktop",
                "POST   | {v2}/desktops/nonsense/tags | {'tag':{'key':'a'}}                | 404 | desktop nonsense",
                "GET    | {v2}/desktops/{theirs}/tags | -                                  | 404 | desktop",
                "GET    | {v2}/desktops/{pc-1}/tags?limit=1 | -                            | 400 | limit",
                "DELETE | {v2}/desktops/{theirs}/tags/a | -                                | 404 | desktop",
                "DELETE | {v2}/desktops/{pc-1}/tags/{k129} | -                             | 400 | key",
                "DELETE | {v2}/desktops/{pc-1}/tags/.. | -                                 | 400 | segment",
                "DELETE | {v2}/desktops/{pc-1}/tags/%2E%2e | -                             | 400 | segment",
                "DELETE | {v2}/desktops/{pc-1}/tags/. | -                                  | 400 | segment",
                "POST   | {v2}/desktops/{pc-1}/tags/action | {'tags':[{'key':'a'}]}        | 400 | create or delete",
                "POST   | {v2}/desktops/{pc-1}/tags/action | {'action':'add','tags':[{'key':'a'}]} | 400 | create, delete",
                "POST   | {v2}/desktops/{pc-1}/tags/action | {'action':'create'}           | 400 | tags",
                "POST   | {v2}/desktops/{pc-1}/tags/action | {'action':'create','tags':[]} | 400 | tags",
                "POST   | {v2}/desktops/{pc-1}/tags/action | {'action':'create','tags':[null]} | 400 | tags",
                "POST   | {v2}/desktops/{pc-1}/tags/action | {'action':'create','tags':[{21}]} | 400 | 20 entries",
                "POST   | {v2}/desktops/{theirs}/tags/action | {'action':'delete','tags':[{'key':'a'}]} | 404 | desktop",
                "POST   | {v2}/desktops/batch-tags | {}                                    | 400 | desktops is missing",
                "POST   | {v2}/desktops/batch-tags | {'desktops':[]}                       | 400 | desktops",
                "POST   | {v2}/desktops/batch-tags | {'desktops':[{101}]}                  | 400 | 100 entries",
                "POST   | {v2}/desktops/batch-tags | {'desktops':[{'desktop_id':'{pc-1}'}]} | 400 | desktops[0].tags",
                "POST   | {v2}/desktops/batch-tags | {'desktops':[{'desktop_id':'{pc-1}','tags':[]}]} | 400 | tags",
                "POST   | {v2}/desktops/batch-tags | {'desktops':[{'tags':[{'key':'a'}]}]} | 400 | desktop_id",
                "POST   | {v2}/desktops/batch-tags | {'desktops':[{'desktop_id':7,'tags':[{'key':'a'}]}]} | 400 | desktop_id",
                "DELETE | {v2}/desktops/batch-tags | -                                     | 400 | body",
                "DELETE | {v2}/desktops/batch-tags | {'desktops':[{'desktop_id':'x','tags':[{'key':' '}]}]} | 400 | key",
                "GET    | {v2}/desktops/tags?limit=1001 | -                                | 400 | limit",
                "GET    | {v2}/desktops/tags?limit=x | -                                   | 400 | limit",
                "GET    | {v2}/desktops/tags?keys=x | -                                    | 400 | key",
                "GET    | {v2}/desktops?tag=%3Dx | -                                       | 400 | tag",
                "GET    | {v2}/desktops?tag={21keys} | -                                   | 400 | at most 20",
                "POST   | {v2}/desktops/resource_instances/action | -                      | 400 | body",
                "POST   | {v2}/desktops/resource_instances/action | {'offset':0}           | 400 | offset",
                "POST   | {v2}/desktops/resource_instances/action | {'limit':10}           | 400 | limit",
                "POST   | {v2}/desktops/resource_instances/action | {'offset':'abc'}       | 400 | offset",
                "POST   | {v2}/desktops/resource_instances/action | {'offset':'-1'}        | 400 | offset",
                "POST   | {v2}/desktops/resource_instances/action | {'offset':'2147483648'} | 400 | offset",
                "POST   | {v2}/desktops/resource_instances/action | {'limit':'1001'}       | 400 | limit",
                "POST   | {v2}/desktops/resource_instances/action | {'limit':'99999999999'} | 400 | limit",
                "POST   | {v2}/desktops/resource_instances/action | {'action':'list'}      | 400 | filter, count",
                "POST   | {v2}/desktops/resource_instances/action | {'tag':[]}             | 400 | did you mean tags",
                "POST   | {v2}/desktops/resource_instances/action | {'tags':{'key':'a'}}   | 400 | tags",
                "POST   | {v2}/desktops/resource_instances/action | {'tags':[{'values':['a']}]} | 400 | key",
                "POST   | {v2}/desktops/resource_instances/action | {'tags':[{'key':'a','values':'b'}]} | 400 | values",
                "POST   | {v2}/desktops/resource_instances/action | {'tags':[{'key':'a','values':[5]}]} | 400 | values",
                "POST   | {v2}/desktops/resource_instances/action | {'tags':[{'key':'a','value':'b'}]} | 400 | did you mean values",
                "POST   | {v2}/desktops/resource_instances/action | {'without_any_tag':'yes'} | 400 | without_any_tag",
                "POST   | {v2}/desktops/resource_instances/action | {'matches':[{'key':'name','value':'a'}]} | 400 | resource_name",
                "POST   | {v2}/desktops/resource-instances/action | {'matches':[{'key':'resource_name'}]} | 400 | value",
                "POST   | {v2}/desktop-pools | {'name':'p','type':'STATIC','tags':[{'key':'_sys_'}]} | 400 | tags[0].key",
            })
    void refusesWithAWord(String method, String path, String body, int status, String word) {
        String one = "{'desktop_id':'{pc-1}','tags':[{'key':'a'}]}";
        Answer answer = send(
                method, filledLong(path), body == null ? null : filledLong(body).replace("{101}", many(one, 101)));

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.json().getString("error_msg")).contains(word);
        assertThat(tagsOf("pc-1")).isEmpty();
    }

    private static String filledLong(String text) {
        String keys = IntStream.range(0, 21).mapToObj(i -> "k" + i).collect(Collectors.joining(","));
        return text.replace("{v44}", "v".repeat(44))
                .replace("{k129}", "k".repeat(129))
                .replace("{21keys}", keys)
                .replace("{21}", many("{'key':'a'}", 21));
    }

    private static String many(String json, int count) {
        return String.join(",", Collections.nCopies(count, json));
    }

    @ParameterizedTest
    @CsvSource({
        "POST, {v2}/desktops/{pc-1}/tags, workspace:desktops:tag",
        "GET, {v2}/desktops/{pc-1}/tags, workspace:desktops:listTags",
        "POST, {v2}/desktops/{pc-1}/tags/action, workspace:desktops:operateTags",
        "DELETE, {v2}/desktops/{pc-1}/tags/a, workspace:desktops:untag",
        "POST, {v2}/desktops/batch-tags, workspace:desktops:tag",
        "DELETE, {v2}/desktops/batch-tags, workspace:desktops:untag",
        "GET, {v2}/desktops/tags, workspace:desktops:listTags",
        "POST, {v2}/desktops/resource_instances/action, workspace:desktops:list",
        "POST, {v2}/desktops/resource-instances/action, workspace:desktops:list",
    })
    void needsAPermission(String method, String path, String permission) {
        assertThat(send(method, path, null, "workspace:else:*").status()).isEqualTo(403);
        assertThat(send(method, path, null, permission).status()).isNotEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "my key:é", "a=b", "1+1", "e@mail.com", "日本 語", "-", "...", "_sy_s", "𝒳"})
    void takesOddKeysAndFindsThemInThePath(String key) {
        done("POST", "{v2}/desktops/{pc-1}/tags", "{'tag':{'key':'" + key + "','value':' v=1 '}}");
        assertThat(tagsOf("pc-1")).isEqualTo(key + "= v=1 ");

        String encoded = URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
        done("DELETE", "{v2}/desktops/{pc-1}/tags/" + encoded, null);
        assertThat(tagsOf("pc-1")).isEmpty();
    }

    @Test
    void aPlusInThePathIsAPlus() {
        tag("pc-1", "1+1=a,1 1=b");
        done("DELETE", "{v2}/desktops/{pc-1}/tags/1+1", null);
        assertThat(tagsOf("pc-1")).isEqualTo("1 1=b");
    }

    @Test
    void theSameKeyIsOverwrittenAndWhatIsNotThereIsGoneAlready() {
        done("POST", "{v2}/desktops/{pc-1}/tags", "{'tag':{'key':'site','value':'bonn'}}");
        done("POST", "{v2}/desktops/{pc-1}/tags", "{'tag':{'key':'site','value':null}}");
        assertThat(tagsOf("pc-1")).isEqualTo("site=");

        tag("pc-1", "site=a,b=1,site=b");
        assertThat(tagsOf("pc-1")).isEqualTo("b=1,site=b");

        done("DELETE", "{v2}/desktops/{pc-1}/tags/none", null);
        done(
                "POST",
                "{v2}/desktops/{pc-1}/tags/action",
                "{'action':'delete','tags':[{'key':'none'},{'key':'site','value':'other'},{'key':'b'},{'key':'b'}]}");
        assertThat(tagsOf("pc-1")).isEqualTo("site=b");
        done("POST", "{v2}/desktops/{pc-1}/tags/action", "{'action':'create','sys_tags':[{'key':'_sys_x'}]}");
        assertThat(tagsOf("pc-1")).isEqualTo("site=b");
    }

    @Test
    void aDesktopHasAtMostTwentyTags() {
        String twenty = IntStream.range(10, 30).mapToObj(i -> "k" + i + "=v").collect(Collectors.joining(","));
        tag("pc-1", twenty);
        tag("pc-1", "k10=other");

        Answer oneMore = send("POST", "{v2}/desktops/{pc-1}/tags", "{'tag':{'key':'more'}}");
        assertThat(oneMore.status()).isEqualTo(400);
        assertThat(oneMore.json().getString("error_msg")).contains("20", filled("{pc-1}"), "delete some");
        assertThat(tagsOf("pc-1")).isEqualTo(twenty.replace("k10=v", "k10=other"));

        Answer batch = send("POST", "{v2}/desktops/batch-tags", batch("pc-2", "pc-1"));
        assertThat(batch.status()).isEqualTo(400);
        assertThat(tagsOf("pc-2")).isEmpty();
    }

    private static String batch(String... desktops) {
        return List.of(desktops).stream()
                .map(name -> "{'desktop_id':'" + (name.equals("nobody") ? name : "{" + name + "}")
                        + "','tags':[{'key':'more','value':'1'},{'key':'site'}]}")
                .collect(Collectors.joining(",", "{'desktops':[", "]}"));
    }

    @Test
    void batchesPassOverWhatIsNotThere() {
        done("POST", "{v2}/desktops/batch-tags", batch("pc-1", "theirs", "pool", "nobody", "pc-2", "pc-1"));
        assertThat(tagsOf("pc-1")).isEqualTo("more=1,site=");
        assertThat(tagsOf("pc-2")).isEqualTo("more=1,site=");
        assertThat(FIXTURE.count("SELECT count(*) FROM desktop_tags")).isEqualTo(4);

        tag("pc-2", "more=2");
        done("DELETE", "{v2}/desktops/batch-tags", batch("nobody", "pc-2", "theirs"));
        assertThat(tagsOf("pc-1")).isEqualTo("more=1,site=");
        assertThat(tagsOf("pc-2")).isEqualTo("more=2");
        done("POST", "{v2}/desktops/batch-tags", batch("nobody"));
    }

    @Test
    void projectsDoNotSeeEachOthersTags() {
        tag("pc-1", "site=bonn");
        String them = "*@" + OTHER_PROJECT;
        done("POST", "{v2}/desktops/{pc-1}/tags", "{'tag':{'key':'x'}}");

        assertThat(send("GET", "{v2}/desktops/tags", null, them).json())
                .isEqualTo(new JsonObject().put("tags", new JsonArray()).put("totalCount", 0));
        assertThat(send("POST", "{v2}/desktops/resource_instances/action", "{'tags':[{'key':'site'}]}", them)
                        .json()
                        .getInteger("total_count"))
                .isZero();
        assertThat(send("DELETE", "{v2}/desktops/batch-tags", batch("pc-1"), them)
                        .status())
                .isEqualTo(204);
        assertThat(send("DELETE", "{v2}/desktops/{pc-1}/tags/site", null, them).status())
                .isEqualTo(404);
        assertThat(tagsOf("pc-1")).isEqualTo("site=bonn,x=");
    }

    @Test
    void everyViewOfADesktopShowsItsTagsAndEveryListTakesThem() {
        tag("pc-1", "site=bonn,os=linux");
        tag("pc-2", "site=berlin");
        String shown = "os=linux,site=bonn";

        assertThat(text(ok("GET", "{v2}/desktops/{pc-1}", null)
                        .getJsonObject("desktop")
                        .getJsonArray("tags")))
                .isEqualTo(shown);
        for (String list : List.of("desktops", "desktops/detail", "desktop-pools/{pool}/desktops")) {
            String rows = list.endsWith("}/desktops") ? "pool_desktops" : "desktops";
            JsonObject found = ok("GET", "{v2}/" + list + "?tag=site%3Dbonn%2Cos", null);
            assertThat(found.getInteger("total_count")).as(list).isEqualTo(1);
            assertThat(text(found.getJsonArray(rows).getJsonObject(0).getJsonArray("tags")))
                    .isEqualTo(shown);
            assertThat(names(ok("GET", "{v2}/" + list + "?tag=site", null), rows, "computer_name"))
                    .isEqualTo("pc-1 pc-2");
        }
        assertThat(ok("GET", "{v2}/desktops/{pc-3}", null)
                        .getJsonObject("desktop")
                        .getJsonArray("tags"))
                .isEmpty();
    }

    @Test
    void tagsGoWithTheirDesktop() {
        tag("pc-1", "site=bonn");
        tag("pc-2", "site=berlin");
        done("DELETE", "{v2}/desktops/{pc-1}", null);

        assertThat(FIXTURE.count("SELECT count(*) FROM desktop_tags")).isEqualTo(1);
        assertThat(send("POST", "{v2}/desktops/{pc-1}/tags", "{'tag':{'key':'a'}}")
                        .status())
                .isEqualTo(404);
        done("POST", "{v2}/desktops/batch-tags", batch("pc-1"));
        assertThat(FIXTURE.count("SELECT count(*) FROM desktop_tags")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "-                       | a=[/1/2] b=[1] c=[3] | 3",
                "limit=1&offset=1        | b=[1]                | 3",
                "limit=0                 | -                    | 3",
                "offset=2147483647       | -                    | 3",
                "key=a                   | a=[/1/2]             | 1",
                "key=A                   | -                    | 0",
                "value=1                 | a=[1] b=[1]          | 2",
                "value=1&limit=1         | a=[1]                | 2",
                "key=c&value=1           | a=[1] b=[1] c=[3]    | 3",
                "key=a&value=1           | a=[/1/2] b=[1]       | 2",
                "key=a&value=3           | a=[/1/2] c=[3]       | 2",
                "key=x&value=3           | c=[3]                | 1",
                "key=&value=             | a=[/1/2] b=[1] c=[3] | 3",
            })
    void listsTheKeysOfAProjectWithTheirValues(String query, String expected, int total) {
        tag("pc-1", "a=1,b=1");
        tag("pc-2", "a=2,b=1");
        tag("pc-3", "a=,c=3");
        FIXTURE.execute("INSERT INTO desktop_tags VALUES ($1, $2, 'theirs', '1')", filledId("theirs"), OTHER_PROJECT);

        JsonObject answer = ok("GET", "{v2}/desktops/tags" + (query == null ? "" : "?" + query), null);
        String text = answer.getJsonArray("tags").stream()
                .map(JsonObject.class::cast)
                .map(tag -> tag.getString("key")
                        + tag.getJsonArray("values").stream()
                                .map(String::valueOf)
                                .collect(Collectors.joining("/", "=[", "]")))
                .collect(Collectors.joining(" "));
        assertThat(text).isEqualTo(expected == null ? "" : expected);
        assertThat(answer.getInteger("totalCount")).isEqualTo(total);
    }

    private UUID filledId(String name) {
        return UUID.fromString(filled("{" + name + "}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "{}                                                                | pc-1 pc-2 pc-3 | 3",
                "{'action':'filter','limit':'','offset':''}                        | pc-1 pc-2 pc-3 | 3",
                "{'limit':'1','offset':'1'}                                        | pc-2           | 3",
                "{'limit':'0'}                                                     | -              | 3",
                "{'offset':'2147483647'}                                           | -              | 3",
                "{'without_any_tag':true}                                          | pc-3           | 1",
                "{'without_any_tag':true,'tags':[{'key':'a'}]}                     | -              | 0",
                "{'without_any_tag':false}                                         | pc-1 pc-2 pc-3 | 3",
                "{'tags':[]}                                                       | pc-1 pc-2 pc-3 | 3",
                "{'tags':[{'key':'a'}]}                                            | pc-1 pc-2      | 2",
                "{'tags':[{'key':'a','values':[]}]}                                | pc-1 pc-2      | 2",
                "{'tags':[{'key':'a','values':['1','9']}]}                         | pc-1           | 1",
                "{'tags':[{'key':'a','values':['1','2']},{'key':'b'}]}             | pc-1           | 1",
                "{'tags':[{'key':'a'},{'key':'a','values':['2']}]}                 | pc-2           | 1",
                "{'tags':[{'key':'a','values':['1']},{'key':'a','values':['2']}]}  | -              | 0",
                "{'tags_any':[{'key':'b'},{'key':'a','values':['2']}]}             | pc-1 pc-2      | 2",
                "{'not_tags':[{'key':'a'},{'key':'b'}]}                            | pc-2 pc-3      | 2",
                "{'not_tags_any':[{'key':'b'},{'key':'c'}]}                        | pc-2 pc-3      | 2",
                "{'not_tags_any':[{'key':'a','values':['1']},{'key':'x'}]}         | pc-2 pc-3      | 2",
                "{'tags':[{'key':'a'}],'not_tags_any':[{'key':'b'}]}               | pc-2           | 1",
                "{'tags':[{'key':'\\'}]}                                          | -              | 0",
                "{'matches':[{'key':'resource_name','value':'C-2'}]}               | pc-2           | 1",
                "{'matches':[{'key':'resource_name','value':'%'}]}                 | -              | 0",
                "{'matches':[{'key':'resource_id','value':'{pc-3}'}]}              | pc-3           | 1",
                "{'matches':[{'key':'resource_id','value':'pc'}]}                  | -              | 0",
                "{'matches':[{'key':'resource_name','value':'pc'}],'tags':[{'key':'b'}]} | pc-1     | 1",
            })
    void findsDesktopsByTheirTags(String body, String expected, int total) {
        tag("pc-1", "a=1,b=1");
        tag("pc-2", "a=2");
        FIXTURE.execute("INSERT INTO desktop_tags VALUES ($1, $2, 'a', '1')", filledId("theirs"), OTHER_PROJECT);

        String sent = body.replace("'\\'", "'\\\\'");
        JsonObject old = ok("POST", "{v2}/desktops/resource_instances/action", sent);
        assertThat(names(old, "resources", "resource_name")).isEqualTo(expected == null ? "" : expected);
        assertThat(old.getInteger("total_count")).isEqualTo(total);
        assertThat(ok("POST", "{v2}/desktops/resource-instances/action", sent)).isEqualTo(old);

        if (!body.contains("action")) {
            JsonObject count = new JsonObject(filled(sent).replace('\'', '"')).put("action", "count");
            assertThat(ok("POST", "{v2}/desktops/resource-instances/action", count.encode()))
                    .isEqualTo(new JsonObject().put("total_count", total));
        }
    }

    @Test
    void showsWhatItFindsInTheVendorsWords() {
        tag("pc-2", "b=2,a=1");
        JsonObject answer =
                ok("POST", "{v2}/desktops/resource_instances/action", "{'offset':'0','tags':[{'key':'b'}]}");
        assertThat(answer)
                .isEqualTo(new JsonObject(filled(
                                "{'offset':0,'total_count':1,'resources':[{'resource_id':'{pc-2}','resource_name':'pc-2',"
                                        + "'resource_detail':'','tags':[{'key':'a','value':'1'},{'key':'b','value':'2'}]}]}")
                        .replace('\'', '"')));
    }
}
