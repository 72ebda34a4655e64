package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttachmentsTest {
    private final DesktopServer server = new DesktopServer();
    private final UUID desktop = server.fixture.desktop(PROJECT, null, "pc");

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private static String body(Object id, String more) {
        return "{'desktops':[{'desktop_id':'" + id + "'" + more + "}]}";
    }

    @CanIgnoreReturnValue
    private JsonObject attach(String user) {
        String job = server.get("POST", "/desktops/attach", body(desktop, ",'user_name':'" + user + "'"))
                .getString("job_id");
        assertThat(server.job(job).getString("status")).isEqualTo("SUCCESS");
        return server.job(job).getJsonArray("sub_jobs").getJsonObject(0);
    }

    @CanIgnoreReturnValue
    private JsonObject detach() {
        return server.get("POST", "/desktops/detach", "{'desktop_ids':['" + desktop + "']}");
    }

    private int reattached() {
        List<String> kinds = new ArrayList<>();
        await(server.database
                        .client()
                        .query("SELECT kind FROM desktop_events WHERE kind = 'REATTACHED'")
                        .execute())
                .forEach(row -> kinds.add(row.getString("kind")));
        return kinds.size();
    }

    @Test
    void aDesktopThatGoesToAnotherUserIsToldOfOnce() {
        assertThat(attach("ann").getString("attach_user")).isEqualTo("ann");
        assertThat(reattached()).as("its first user").isZero();
        attach("ANN");
        assertThat(reattached()).as("the same user").isZero();
        attach("bob");
        assertThat(reattached()).as("another user").isEqualTo(1);
        detach();
        attach("bob");
        assertThat(reattached()).as("the user who had it before").isEqualTo(1);
        detach();
        assertThat(reattached()).as("nobody").isEqualTo(1);
        attach("ann");
        assertThat(reattached()).as("another user after nobody").isEqualTo(2);
    }

    @Test
    void showsWhomADesktopIsFor() {
        assertThat(server.desktop(desktop).getString("attach_state")).isEqualTo("UNATTACH");
        server.get(
                "POST",
                "/desktops/attach",
                body(
                        desktop,
                        ",'computer_name':'desk-7','user_email':'ann@example.com','attach_user_infos':[{'user_name':'ann','user_group':'users','type':'USER'}]"));

        JsonObject view = server.desktop(desktop);
        assertThat(view.getString("attach_state")).isEqualTo("ATTACHED");
        assertThat(view.getString("user_group")).isEqualTo("users");
        assertThat(view.getString("computer_name")).isEqualTo("desk-7");
        assertThat(view.getJsonArray("attach_user_infos"))
                .containsExactly(new JsonObject()
                        .put("user_name", "ann")
                        .put("type", "USER")
                        .put("user_group", "users"));
        assertThat(view.getJsonObject("attributes").getString("user_email")).isEqualTo("ann@example.com");
        assertThat(server.get("GET", "/desktops/detail?user_attached=true", null)
                        .getInteger("total_count"))
                .isEqualTo(1);

        JsonObject detached = detach();
        assertThat(detached.getJsonArray("failed_operation_list")).isEmpty();
        assertThat(server.job(detached.getString("job_id")).getString("status")).isEqualTo("SUCCESS");
        assertThat(server.desktop(desktop).getString("attach_state")).isEqualTo("UNATTACH");
        assertThat(server.desktop(desktop).containsKey("user_group")).isFalse();
        assertThat(server.get("GET", "/desktops/detail?user_attached=true", null)
                        .getInteger("total_count"))
                .isZero();
    }

    @Test
    void unknownDesktopsAreSubJobsThatFailed() {
        UUID elsewhere = server.fixture.desktop(OTHER_PROJECT, null, "pc");
        String job = server.get(
                        "POST",
                        "/desktops/attach",
                        "{'desktops':[{'desktop_id':'" + desktop + "','user_name':'ann'},{'desktop_id':'" + elsewhere
                                + "','user_name':'ann'},{'desktop_id':'x','user_name':'ann'}]}")
                .getString("job_id");
        assertThat(server.job(job).getString("status")).isEqualTo("FAIL");
        assertThat(server.subJobs(job))
                .containsExactly(
                        "SUCCESS: ",
                        "FAILED: there is no desktop " + elsewhere + " in this project",
                        "FAILED: there is no desktop x in this project");
        assertThat(server.call("POST", "/desktops/attach", body(elsewhere, ",'user_name':'ann'"))
                        .status())
                .isEqualTo(404);
        assertThat(server.call("POST", "/desktops/detach", "{'desktop_ids':['x']}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aDesktopThatHibernatesStaysItsUsers() {
        attach("ann");
        server.fixture.execute("UPDATE desktops SET hibernated_at = now() WHERE id = $1", desktop);
        JsonObject answer = detach();
        assertThat(answer.containsKey("job_id")).isFalse();
        assertThat(answer.getJsonArray("failed_operation_list").getJsonObject(0).getString("error_msg"))
                .contains("hibernates");
        assertThat(server.desktop(desktop).getString("attach_state")).isEqualTo("ATTACHED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/attach | {'desktops':[]}                                                        | desktops",
                "/attach | {}                                                                     | desktops",
                "/attach | {'desktops':[{'desktop_id':'x'}]}                                      | user_name is missing",
                "/attach | {'desktops':[{'desktop_id':'x','user_name':'  '}]}                     | user_name is missing",
                "/attach | {'desktops':[{'user_name':'ann'}]}                                     | desktop_id",
                "/attach | {'desktops':[{'desktop_id':'x','user_name':'ann','user_group':'boss'}]} | user_group",
                "/attach | {'desktops':[{'desktop_id':'x','user_name':'ann','usr':'boss'}]}       | usr",
                "/attach | {'desktops':[{'desktop_id':'x','user_name':'ann\\u0007'}]}             | user_name",
                "/attach | {'desktops':[{'desktop_id':'x','user_name':'ann','computer_name':'-a'}]} | computer_name",
                "/attach | {'desktops':[{'desktop_id':'x','attach_user_infos':[{'user_name':'g','type':'GROUP'}]}]} | type must be USER",
                "/attach | {'desktops':[{'desktop_id':'x','attach_user_infos':[{'user_name':'a'},{'user_name':'b'}]}]} | one user",
                "/attach | {'desktops':[{'desktop_id':'x','user_name':'a'},{'desktop_id':'X','user_name':'b'}]} | twice",
                "/attach | {'desktops':[{'desktop_id':'x','user_name':'a'}],'image_id':'i'}       | image_id",
                "/detach | {}                                                                     | desktop_ids",
                "/detach | {'desktop_ids':['x'],'shutoff_after_detach':true}                      | shutoff_after_detach"
            })
    void refusesWhatItCannotDo(String path, String body, String named) {
        DesktopServer.Answer answer = server.call("POST", "/desktops" + path, body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).contains(named);
    }
}
