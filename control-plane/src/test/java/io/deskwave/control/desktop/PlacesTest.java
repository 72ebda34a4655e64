package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.agent.RefusedException;
import io.deskwave.control.http.ApiException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Places through the API, and the desktops that enrol into them. */
class PlacesTest {
    private final DesktopServer server = new DesktopServer();

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private static List<JsonObject> places(JsonObject answer) {
        return DesktopServer.all(answer.getJsonArray("places"));
    }

    @Test
    void aDesktopThatEnrolsTakesWhatItsPlaceHolds() {
        JsonObject answer = server.get(
                "POST",
                "/desktops",
                "{'desktop_type':'DEDICATED','product_id':'p1','image_type':'private','image_id':'i1',"
                        + "'root_volume':{'type':'SAS','size':80},'nics':[{'subnet_id':'s1'}],'brand_new':[1],"
                        + "'availability_zone':'az1','enterprise_project_id':'e1','tags':[{'key':'k','value':'v'}],"
                        + "'desktops':[{'user_name':'ann_b','computer_name':'front-1'},{'user_name':'bob_c'}]}");
        List<JsonObject> places = places(answer);
        assertThat(places).extracting(place -> place.getString("computer_name")).containsExactly("front-1", "bob-c01");
        String job = answer.getString("job_id");
        assertThat(server.job(job).getString("status")).isEqualTo("WAITING");
        assertThat(server.job(job).getString("job_type")).isEqualTo("createDesktops");

        String token = places.get(0).getString("enrollment_token");
        UUID id = await(server.enrol(token, host()));
        JsonObject desktop = server.desktop(id);
        assertThat(desktop.getString("computer_name")).isEqualTo("front-1");
        assertThat(desktop.getString("product_id")).isEqualTo("p1");
        assertThat(desktop.getString("subnet_id")).isEqualTo("s1");
        assertThat(desktop.getString("enterprise_project_id")).isEqualTo("e1");
        assertThat(desktop.getJsonObject("attributes").getJsonArray("brand_new"))
                .isEqualTo(JsonArray.of(1));
        assertThat(server.tagged).containsExactly(id + " [{\"key\":\"k\",\"value\":\"v\"}]");
        JsonObject subJob = server.job(job).getJsonArray("sub_jobs").getJsonObject(0);
        assertThat(subJob.getString("status")).isEqualTo("SUCCESS");
        assertThat(subJob.getJsonObject("entities"))
                .isEqualTo(new JsonObject()
                        .put("desktop_id", id.toString())
                        .put("product_id", "p1")
                        .put("user_name", "ann_b")
                        .put("desktop_name", "front-1")
                        .put("ip_address", "10.1.2.3"));
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
        for (String filter :
                List.of("subnet_id=s1", "image_id=i1", "availability_zone=az1", "enterprise_project_id=e1")) {
            assertThat(server.get("GET", "/desktops/detail?" + filter, null).getInteger("total_count"))
                    .as(filter)
                    .isEqualTo(1);
            assertThat(server.get("GET", "/desktops/detail?" + filter + "x", null)
                            .getInteger("total_count"))
                    .isZero();
        }
        assertThat(server.get("GET", "/desktops/detail?enterprise_project_id=0", null)
                        .getInteger("total_count"))
                .isZero();
        assertThatThrownBy(() -> await(server.enrol(token, host()))).isInstanceOf(RefusedException.class);
    }

    @Test
    void aPlaceThatNobodyTakesFails() {
        JsonObject answer = server.get(
                "POST",
                "/desktops",
                "{'desktop_type':'DEDICATED','size':1,'desktop_name':'late','places_expire_in_minutes':5}");
        String job = answer.getString("job_id");
        assertThat(places(answer).get(0).getString("expires_at")).isEqualTo("2026-11-21T12:05:00.000Z");
        server.now = server.now.plus(Duration.ofMinutes(5));
        String token = places(answer).get(0).getString("enrollment_token");
        assertThatThrownBy(() -> await(server.enrol(token, host()))).isInstanceOf(RefusedException.class);
        server.sweep();
        assertThat(server.subJobs(job).get(0)).startsWith("FAILED: no desktop enrolled with the token");
        assertThat(server.job(job).getString("status")).isEqualTo("FAIL");
        assertThat(server.get("POST", "/desktops", "{'desktop_type':'DEDICATED','size':1,'desktop_name':'LATE'}"))
                .as("the name is free again")
                .isNotNull();
    }

    @Test
    void aPlaceThatHoldsWhatItShouldNotStillLetsItsDesktopIn() {
        JsonObject answer =
                server.get("POST", "/desktops", "{'desktop_type':'DEDICATED','size':1,'desktop_name':'odd'}");
        server.fixture.execute("UPDATE sub_jobs SET attributes = jsonb_build_object('tags', 'x')");
        String token = places(answer).get(0).getString("enrollment_token");
        assertThat(server.desktop(await(server.enrol(token, host()))).getString("computer_name"))
                .isEqualTo("odd");
        assertThat(server.tagged).isEmpty();
    }

    @Test
    void whatAPlaceHoldsOfItsPoolIsBounded() {
        assertThatThrownBy(() -> DesktopAttributes.ofPool(new JsonObject().put("product_id", "x".repeat(10_001))))
                .isInstanceOf(ApiException.BadRequest.class);
    }

    @Test
    void aPoolIsTemporaryUntilItsPlacesAreTaken() {
        JsonObject made = server.get(
                "POST", "/desktop-pools", "{'name':'Sales_team','type':'STATIC','size':2,'product_id':'p2'}");
        String pool = made.getString("pool_id");
        assertThat(places(made))
                .extracting(place -> place.getString("computer_name"))
                .containsExactly("Sales-team01", "Sales-team02");
        assertThat(status(pool)).isEqualTo("TEMPORARY");
        for (JsonObject place : places(made)) {
            UUID id = await(server.enrol(place.getString("enrollment_token"), host()));
            assertThat(server.desktop(id).getString("pool_id")).isEqualTo(pool);
            assertThat(server.desktop(id).getString("product_id")).isEqualTo("p2");
        }
        assertThat(status(pool)).isEqualTo("STEADY");
        assertThat(server.job(made.getString("job_id")).getString("status")).isEqualTo("SUCCESS");

        JsonObject more = server.get("POST", "/desktop-pools/" + pool + "/expand", "{'size':1}");
        assertThat(places(more).get(0).getString("computer_name")).isEqualTo("Sales-team03");
        assertThat(server.job(more.getString("job_id")).getString("job_type")).isEqualTo("expandDesktopPool");
        assertThat(status(pool)).isEqualTo("TEMPORARY");
    }

    private String status(String pool) {
        return server.get("GET", "/desktop-pools/" + pool, null).getString("status");
    }

    @Test
    void aDeletedPoolsPlacesFail() {
        JsonObject made = server.get("POST", "/desktop-pools", "{'name':'p','type':'STATIC','size':1}");
        assertThat(server.call("DELETE", "/desktop-pools/" + made.getString("pool_id"), null)
                        .status())
                .isEqualTo(204);
        assertThat(server.subJobs(made.getString("job_id"))).containsExactly("FAILED: the pool was deleted");
        String token = places(made).get(0).getString("enrollment_token");
        assertThatThrownBy(() -> await(server.enrol(token, host()))).isInstanceOf(RefusedException.class);
    }

    @Test
    void aThousandPlacesAreOneRequestAndNamesAreNeverGivenTwice() {
        UUID pool = server.fixture.pool(PROJECT, "big");
        server.fixture.desktop(PROJECT, null, "BIG02");
        JsonObject answer = server.get("POST", "/desktop-pools/" + pool + "/expand", "{'size':1000}");
        assertThat(places(answer))
                .extracting(place -> place.getString("computer_name"))
                .hasSize(1000)
                .doesNotHaveDuplicates()
                .contains("big01", "big1001")
                .doesNotContain("big02");
        assertThat(places(answer))
                .extracting(place -> place.getString("enrollment_token"))
                .doesNotHaveDuplicates();
        UUID foreign = server.fixture.pool(OTHER_PROJECT, "theirs");
        assertThat(server.call("POST", "/desktop-pools/" + foreign + "/expand", "{'size':1}")
                        .status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'size':1,'desktop_name':'a'}                                                     | 400 | desktop_type",
                "{'desktop_type':'POOLED','size':1,'desktop_name':'a'}                             | 400 | desktop_type",
                "{'desktop_type':'SHARED'}                                                         | 400 | desktops",
                "{'desktop_type':'SHARED','size':1}                                                | 400 | desktop_name",
                "{'desktop_type':'SHARED','size':1,'desktop_name':'a','desktops':[{'user_name':'u'}]} | 400 | size",
                "{'desktop_type':'SHARED','size':101,'desktop_name':'a'}                           | 400 | size",
                "{'desktop_type':'SHARED','size':1,'desktop_name':'-a'}                            | 400 | desktop_name",
                "{'desktop_type':'SHARED','size':1,'desktop_name':'a-'}                            | 400 | desktop_name",
                "{'desktop_type':'SHARED','size':2,'desktop_name':'abcdefghijklmn'}                | 400 | desktop_name",
                "{'desktop_type':'SHARED','desktops':[{'user_name':'u','tags':'x'}]}               | 400 | tags",
                "{'desktop_type':'SHARED','desktops':[{'user_name':'u','tags':[{'value':'x'}]}]}   | 400 | key",
                "{'desktop_type':'SHARED','desktops':[{'computer_name':'a'}]}                      | 400 | user_name",
                "{'desktop_type':'SHARED','desktops':[{'user_name':'u','computer_name':'taken'}]}  | 409 | taken",
                "{'desktop_type':'SHARED','desktops':[{'user_name':'u','computer_name':'a'},{'user_name':'u','computer_name':'A'}]} | 409 | computer_name",
                "{'desktop_type':'SHARED','size':1,'desktop_name':'a','root_volume':{'type':'SAS','size':70}} | 400 | root_volume.size",
                "{'desktop_type':'SHARED','size':1,'desktop_name':'a','root_volume':{'type':'SAS','size':85}} | 400 | root_volume.size",
                "{'desktop_type':'SHARED','size':1,'desktop_name':'a','places_expire_in_minutes':0} | 400 | places_expire_in_minutes",
            })
    void aBadRequestIsRefusedByName(String body, int status, String named) {
        server.fixture.desktop(PROJECT, null, "Taken");
        DesktopServer.Answer answer = server.call("POST", "/desktops", body);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.message()).contains(named);
    }
}
