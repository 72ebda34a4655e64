package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.schedule.ScheduleServer.Answer;
import io.vertx.core.json.JsonObject;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TenantRoutesTest {
    private static ScheduleServer server;

    @BeforeAll
    static void start() {
        server = new ScheduleServer();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void listsEveryZoneThatATaskCanName() {
        List<String> names = server.send("GET", "/common/timezones", null).column("time_zones", "time_zone_name");
        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(ZoneId.getAvailableZoneIds())
                .isSorted();
    }

    @Test
    void filtersZonesByName() {
        Answer answer = server.send("GET", "/common/timezones?time_zone_name=asia/shang", null);
        assertThat(answer.json().getJsonArray("time_zones")).hasSize(1);
        JsonObject zone = answer.json().getJsonArray("time_zones").getJsonObject(0);
        assertThat(zone.getString("time_zone_name")).isEqualTo("Asia/Shanghai");
        assertThat(zone.getString("time_zone")).isEqualTo("GMT+08:00");
        assertThat(zone.getString("time_zone_desc")).isEqualTo(zone.getString("time_zone_desc_us"));
        assertThat(zone.getString("time_zone_desc_us")).contains("China");
        assertThat(zone.getString("time_zone_desc_cn")).contains("中国");
        assertThat(server.send("GET", "/common/timezones?time_zone_name=Mars", null)
                        .json()
                        .getJsonArray("time_zones"))
                .isEmpty();
    }

    @Test
    void remembersAgencies() {
        assertThat(server.send("POST", "/agencies", "{'scene':'SCREEN_RECORD','action':'FIX'}")
                        .status())
                .isEqualTo(404);
        assertThat(server.send("POST", "/agencies", null).json()).isEqualTo(new JsonObject());
        assertThat(server.send("POST", "/agencies", "{'scene':'WORKSPACE'}").status())
                .isEqualTo(200);
        assertThat(server.send("POST", "/agencies", "{'scene':'WORKSPACE','action':'FIX'}")
                        .status())
                .isEqualTo(200);
        assertThat(server.send("POST", "/agencies", "{'scene':'CLOUD_GAME','action':'CREATE'}")
                        .status())
                .isEqualTo(200);

        Answer all = server.send("GET", "/agencies", null);
        assertThat(all.column("existing_agencies", "name"))
                .containsExactly("workspace_admin_trust", "cloud_game_admin_trust");
        assertThat(all.json().getJsonArray("existing_agencies").getJsonObject(0).getJsonArray("permissions"))
                .hasSize(1);
        assertThat(server.send("GET", "/agencies?scene=CLOUD_GAME", null).column("existing_agencies", "scene"))
                .containsExactly("CLOUD_GAME");
        assertThat(server.send("GET", "/agencies?scene=CLOUD_GAME,WORKSPACE&action=CREATE", null)
                        .column("existing_agencies", "scene"))
                .hasSize(2);
        assertThat(server.sendAs(OTHER_PROJECT, "GET", "/agencies", null).column("existing_agencies", "scene"))
                .isEmpty();
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThat(server.send("GET", "/agencies?scene=PARTY", null).message()).contains("scene");
        assertThat(server.send("POST", "/agencies", "{'scene':'PARTY'}").message())
                .contains("scene");
        assertThat(server.send("POST", "/agencies", "{'action':'DESTROY'}").message())
                .contains("action");
        assertThat(server.send("POST", "/agencies", "{'scenes':'WORKSPACE'}").message())
                .contains("scene");
        assertThat(server.send("GET", "/common/timezones?name=x", null).status())
                .isEqualTo(400);
    }
}
