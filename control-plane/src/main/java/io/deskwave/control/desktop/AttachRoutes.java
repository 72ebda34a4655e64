package io.deskwave.control.desktop;

import io.deskwave.control.desktop.Attachments.Attachment;
import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whom a desktop is assigned to. */
public final class AttachRoutes {
    private static final List<String> OF_USER = List.of("user_id", "user_name", "user_email", "user_group");

    private final Attachments attachments;

    public AttachRoutes(Attachments attachments) {
        this.attachments = attachments;
    }

    public void mount(Operations operations) {
        operations.on("AttachInstances", this::attach);
        operations.on("DetachInstances", this::detach);
    }

    private Future<ApiAnswer> attach(ApiCall call) {
        JsonArray sent = call.body().getJsonArray("desktops");
        var wanted = new ArrayList<Attachment>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < sent.size(); i++) {
            String place = "desktops[" + i + "]";
            Attachment attachment = attachment(sent.getJsonObject(i), place);
            if (!seen.add(attachment.desktopId().toLowerCase(Locale.ROOT))) {
                throw new ApiException.BadRequest(place + ".desktop_id is there twice: name each desktop once");
            }
            wanted.add(attachment);
        }
        return attachments
                .attach(call.projectId(), wanted)
                .map(jobId -> ApiAnswer.ok(new JsonObject().put("job_id", jobId.toString())));
    }

    private static Attachment attachment(JsonObject desktop, String place) {
        JsonObject from = desktop;
        JsonArray users = desktop.getJsonArray("attach_user_infos", new JsonArray());
        if (!users.isEmpty()) {
            if (users.size() > 1 || desktop.containsKey("user_name")) {
                throw new ApiException.BadRequest(
                        place + ": a desktop has one user here: send user_name, or one of " + "attach_user_infos");
            }
            from = users.getJsonObject(0);
            if (!from.getString("type", "USER").equals("USER")) {
                throw new ApiException.BadRequest(
                        place + ".attach_user_infos[0].type must be USER: a desktop is assigned to no group here");
            }
        }
        var user = new JsonObject();
        for (String member : OF_USER) {
            String text = from.getString(member, desktop.getString(member, "")).strip();
            if (!text.isEmpty()) {
                user.put(member, Texts.plain(place + "." + member, text));
            }
        }
        if (!user.containsKey("user_name")) {
            throw new ApiException.BadRequest(place + ".user_name is missing: send who the desktop is for");
        }
        return new Attachment(desktop.getString("desktop_id"), name(desktop), user);
    }

    private static @Nullable String name(JsonObject desktop) {
        String name = desktop.getString("computer_name", "");
        return name.isEmpty() ? null : name;
    }

    private Future<ApiAnswer> detach(ApiCall call) {
        if (call.body().getBoolean("shutoff_after_detach", false)) {
            throw new ApiException.BadRequest(
                    "shutoff_after_detach is not done here: send false, and stop the desktops with POST /desktops/action");
        }
        List<String> ids = call.body().getJsonArray("desktop_ids").stream()
                .map(String.class::cast)
                .distinct()
                .toList();
        return attachments.detach(call.projectId(), ids).map(detached -> {
            var failed = new JsonArray();
            detached.refused().forEach(refused -> failed.add(PowerRoutes.view(refused)));
            var jobs = new JsonArray();
            var answer = new JsonObject().put("failed_operation_list", failed).put("success_job_ids", jobs);
            if (detached.jobId() != null) {
                jobs.add(detached.jobId().toString());
                answer.put("job_id", detached.jobId().toString());
            }
            return ApiAnswer.ok(answer);
        });
    }
}
