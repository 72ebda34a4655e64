package io.deskwave.control.e2e;

import com.huaweicloud.sdk.workspace.v2.WorkspaceClient;
import com.huaweicloud.sdk.workspace.v2.model.CreateDesktopPoolReq;
import com.huaweicloud.sdk.workspace.v2.model.CreateDesktopPoolRequest;
import com.huaweicloud.sdk.workspace.v2.model.ListDesktopPoolsRequest;
import com.huaweicloud.sdk.workspace.v2.model.SimpleDesktopPoolInfo;
import com.huaweicloud.sdk.workspace.v2.model.VolumeInfo;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Pools as a program for the cloud makes and finds them. */
final class VendorPools {
    private VendorPools() {}

    /** All that the cloud demands. */
    static CreateDesktopPoolReq request(String name) {
        return new CreateDesktopPoolReq()
                .withName(name)
                .withType(CreateDesktopPoolReq.TypeEnum.STATIC)
                .withSize(0)
                .withProductId("workspace.c2.large")
                .withImageType("private")
                .withImageId("5c2f")
                .withRootVolume(new VolumeInfo().withType("SAS").withSize(80))
                .withSubnetIds(List.of("subnet-1"));
    }

    static String create(WorkspaceClient client, String name) {
        client.createDesktopPool(new CreateDesktopPoolRequest().withBody(request(name)));
        return find(client, name).getId();
    }

    /** One place more; answers the enrollment token that fills it, which is ours, so that the SDK does not see it. */
    static String expand(VendorSdk sdk, String pool) {
        return sdk.at()
                .call("POST", "/desktop-pools/" + pool + "/expand", new JsonObject().put("size", 1))
                .getJsonArray("places")
                .getJsonObject(0)
                .getString("enrollment_token");
    }

    static SimpleDesktopPoolInfo find(WorkspaceClient client, String name) {
        return client.listDesktopPools(new ListDesktopPoolsRequest().withName(name)).getDesktopPools().stream()
                .filter(pool -> pool.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
