package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.workspace.v2.WorkspaceClient;
import com.huaweicloud.sdk.workspace.v2.model.BatchAddDesktopsTagsReq;
import com.huaweicloud.sdk.workspace.v2.model.BatchAddDesktopsTagsRequest;
import com.huaweicloud.sdk.workspace.v2.model.BatchChangeTagsRequest;
import com.huaweicloud.sdk.workspace.v2.model.BatchDeleteDesktopsTagsReq;
import com.huaweicloud.sdk.workspace.v2.model.BatchDeleteDesktopsTagsRequest;
import com.huaweicloud.sdk.workspace.v2.model.CreateTagReq;
import com.huaweicloud.sdk.workspace.v2.model.CreateTagRequest;
import com.huaweicloud.sdk.workspace.v2.model.DeleteTagRequest;
import com.huaweicloud.sdk.workspace.v2.model.DesktopTagsInfo;
import com.huaweicloud.sdk.workspace.v2.model.ListDesktopByTagsRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListDesktopsRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListProjectTagsRequest;
import com.huaweicloud.sdk.workspace.v2.model.QueryDesktopByTagReq;
import com.huaweicloud.sdk.workspace.v2.model.ShowTagByDesktopIdRequest;
import com.huaweicloud.sdk.workspace.v2.model.Tag;
import com.huaweicloud.sdk.workspace.v2.model.TagResource;
import com.huaweicloud.sdk.workspace.v2.model.Tags;
import com.huaweicloud.sdk.workspace.v2.model.TagsReq;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vendor's unmodified SDK against a real control plane: the tags of desktops. And what it does not know yet: to run by a tag. */
final class VendorSdkTagsIT {
    private static VendorInstallations installations;

    @BeforeAll
    static void start() {
        installations = new VendorInstallations();
    }

    @AfterAll
    static void stop() {
        installations.close();
    }

    static Stream<VendorSdk> ways() {
        return installations.ways();
    }

    private static Tag tag(String key, String value) {
        return new Tag().withKey(key).withValue(value);
    }

    private static List<Tag> tagsOf(VendorSdk sdk, String name) {
        return sdk.client()
                .showTagByDesktopId(
                        new ShowTagByDesktopIdRequest().withDesktopId(sdk.at().id(name)))
                .getTags();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aDesktopsTagsComeAndGo(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        String desktop = sdk.at().id("desk-1");
        for (String key : List.of("my key:\u00e9", "a=b+c", "@1", "-.-")) {
            client.createTag(new CreateTagRequest()
                    .withDesktopId(desktop)
                    .withBody(new CreateTagReq().withTag(tag(key, "one"))));
            client.createTag(new CreateTagRequest()
                    .withDesktopId(desktop)
                    .withBody(new CreateTagReq().withTag(tag(key, "two"))));
            assertThat(tagsOf(sdk, "desk-1")).containsExactly(tag(key, "two"));
            client.deleteTag(new DeleteTagRequest().withDesktopId(desktop).withKey(key));
            assertThat(tagsOf(sdk, "desk-1")).isEmpty();
        }
        client.batchChangeTags(new BatchChangeTagsRequest()
                .withDesktopId(desktop)
                .withBody(new TagsReq().withAction("create").withTags(List.of(tag("b", "1"), tag("a", "")))));
        assertThat(tagsOf(sdk, "desk-1")).containsExactly(tag("a", ""), tag("b", "1"));
        client.batchChangeTags(new BatchChangeTagsRequest()
                .withDesktopId(desktop)
                .withBody(new TagsReq().withAction("delete").withTags(List.of(tag("b", "1"), tag("a", null)))));
        assertThat(tagsOf(sdk, "desk-1")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void manyDesktopsAreTaggedAndFound(VendorSdk sdk) {
        WorkspaceClient client = sdk.client();
        List<DesktopTagsInfo> both = Stream.of(sdk.at().id("desk-1"), sdk.at().id("desk-2"), "nobody")
                .map(id -> new DesktopTagsInfo().withDesktopId(id).withTags(List.of(tag("site", "Bonn"))))
                .toList();
        client.batchAddDesktopsTags(
                new BatchAddDesktopsTagsRequest().withBody(new BatchAddDesktopsTagsReq().withDesktops(both)));

        var known = client.listProjectTags(
                new ListProjectTagsRequest().withLimit(10).withOffset(0).withKey("site"));
        assertThat(known.getTotalCount()).isEqualTo(1);
        assertThat(known.getTags()).containsExactly(new Tags().withKey("site").withValues(List.of("Bonn")));
        assertThat(client.listDesktops(new ListDesktopsRequest().withTag("site=Bonn"))
                        .getDesktops())
                .hasSize(2)
                .allSatisfy(desktop -> assertThat(desktop.getTags()).containsExactly(tag("site", "Bonn")));
        var query = new QueryDesktopByTagReq()
                .withAction("filter")
                .withOffset("1")
                .withLimit("10")
                .withTags(List.of(new Tags().withKey("site").withValues(List.of("Bonn"))));
        var found = client.listDesktopByTags(new ListDesktopByTagsRequest().withBody(query));
        assertThat(found.getTotalCount()).isEqualTo(2);
        assertThat(found.getOffset()).isEqualTo(1);
        assertThat(found.getResources())
                .extracting(TagResource::getResourceName)
                .containsExactly("desk-2");

        client.batchDeleteDesktopsTags(
                new BatchDeleteDesktopsTagsRequest().withBody(new BatchDeleteDesktopsTagsReq().withDesktops(both)));
        assertThat(client.listDesktopByTags(new ListDesktopByTagsRequest().withBody(query.withAction("count")))
                        .getTotalCount())
                .isZero();
    }

    @Test
    void aCommandRunsOnTheDesktopsWithATag() {
        Installation installation = installations.plain;
        String desktop = "/desktops/" + installation.id("desk-2") + "/tags";
        assertThat(installation
                        .tryCall("POST", desktop, "{\"tag\": {\"key\": \"ring\", \"value\": \"first\"}}")
                        .statusCode())
                .isEqualTo(204);

        String task = installation
                .call(
                        "POST",
                        "/script-executions/by-desktop-tag",
                        new JsonObject()
                                .put("desktop_tag", "ring=first")
                                .put("command_content", "echo tagged")
                                .put("command_type", "SHELL"))
                .getString("task_id");

        assertThat(installation.awaitTask(task, 30).getString("status")).isEqualTo("SUCCESS");
        assertThat(installation.records(task)).singleElement().satisfies(record -> assertThat(
                        record.getString("resource_name"))
                .isEqualTo("desk-2"));
        assertThat(installation.tryCall("DELETE", desktop + "/ring", "").statusCode())
                .isEqualTo(204);
    }
}
