package io.deskwave.control.schedule;

import io.deskwave.control.desktop.PowerJobs.Action;
import io.deskwave.control.desktop.PowerJobs.Notice;
import io.deskwave.control.desktop.PowerOp;
import io.deskwave.control.execution.ExecutionRequest;
import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.ExecutionRequest.PreStart;
import io.deskwave.control.execution.ExecutionRequest.Target;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.http.ApiException;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a stored request asks for, as the rooms that do it understand it. Pure; the request was checked when it was stored. */
final class FiringActions {
    private FiringActions() {}

    /** @param desktopIds what it applies to now */
    static ExecutionRequest execution(WaitingFiring firing, List<UUID> desktopIds) {
        JsonObject request = firing.request();
        JsonObject params = params(request);
        boolean triggered = firing.desktopIds() != null;
        List<UUID> gray = triggered ? List.of() : gray(request, desktopIds);
        return new ExecutionRequest(
                firing.projectId(),
                triggered ? new Target.Desktops(desktopIds) : target(request, desktopIds),
                work(params),
                triggered ? 0 : request.getInteger(Gray.COUNT, 0),
                gray,
                triggered ? null : threshold(request, gray),
                false,
                triggered
                        ? request.getInteger(LifeCycles.PERIOD, LifeCycles.DEFAULT_EXECUTION_MINUTES)
                        : ExecutionRequest.DEFAULT_START_TIMEOUT_MINUTES,
                minutes(params.getInteger(ExtraParams.EXECUTION_TIMEOUT, 0)),
                step(PreStart.class, params.getString(ExtraParams.PRE_START)),
                step(PostFinish.class, params.getString(ExtraParams.POST_FINISH)),
                firing.createdBy());
    }

    /** One pool or one tag stays what it is called in the lists of tasks. */
    private static Target target(JsonObject request, List<UUID> desktopIds) {
        List<ApplyObject> objects = ApplyObject.list(request);
        if (objects.size() == 1) {
            ApplyObject only = objects.get(0);
            if (only.type() == ApplyObject.Type.DESKTOP_POOL) {
                return new Target.Pool(Objects.requireNonNull(only.uuid()), List.of());
            }
            if (only.type() == ApplyObject.Type.DESKTOP_TAG) {
                return new Target.Tag(only.id());
            }
        }
        return new Target.Desktops(desktopIds);
    }

    /** Those that are still there; a gray batch of nobody would let everybody go at once. */
    private static List<UUID> gray(JsonObject request, List<UUID> desktopIds) {
        List<String> wanted = Gray.ids(request);
        if (wanted.isEmpty() || request.getInteger(Gray.COUNT, 0) > 0) {
            return List.of();
        }
        Set<UUID> there = new HashSet<>(desktopIds);
        List<UUID> gray =
                wanted.stream().map(UUID::fromString).filter(there::contains).toList();
        if (gray.isEmpty()) {
            throw new ApiException.BadRequest(
                    "none of gray_desktop_ids is among the desktops that the task applies to now:"
                            + " name others, or send is_gray false");
        }
        return gray;
    }

    /** Never above the size of the batch, of which some may have gone. */
    private static @Nullable Integer threshold(JsonObject request, List<UUID> gray) {
        Integer threshold = request.getInteger(Gray.THRESHOLD);
        return threshold == null || gray.isEmpty() ? threshold : Integer.valueOf(Math.min(threshold, gray.size()));
    }

    private static Work work(JsonObject params) {
        JsonArray ids = params.getJsonArray(ExtraParams.SCRIPT_IDS);
        return ids != null
                ? new Work.Scripts(ids.stream()
                        .map(id -> UUID.fromString(String.valueOf(id)))
                        .toList())
                : new Work.Command(
                        params.getString(ExtraParams.COMMAND_CONTENT),
                        ScriptType.valueOf(params.getString(ExtraParams.COMMAND_TYPE)),
                        List.of(0));
    }

    private static int minutes(int executionTimeout) {
        return executionTimeout == 0 ? ExecutionRequest.DEFAULT_EXECUTION_TIMEOUT_MINUTES : executionTimeout;
    }

    private static <E extends Enum<E>> @Nullable E step(Class<E> type, @Nullable String text) {
        return text == null ? null : Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
    }

    /** Forced: at once, whatever the users do. */
    static Action power(WaitingFiring firing) {
        JsonObject params = params(firing.request());
        String message = params.getString(ExtraParams.NOTIFY_MESSAGE, "");
        boolean told = !message.isBlank() && !firing.isForced();
        return new Action(
                op(firing.taskType()),
                firing.isForced(),
                told
                        ? new Notice(
                                message,
                                params.getInteger(ExtraParams.NOTIFY_SECONDS, ExtraParams.USUAL_NOTIFY_SECONDS))
                        : null,
                params.getInteger(ExtraParams.TIMEOUT, ExtraParams.usualTimeoutMinutes(firing.taskType())));
    }

    private static PowerOp op(TaskType type) {
        return switch (type) {
            case START -> PowerOp.START;
            case STOP -> PowerOp.STOP;
            case REBOOT -> PowerOp.REBOOT;
            case HIBERNATE -> PowerOp.HIBERNATE;
            case REBUILD -> PowerOp.REBUILD;
            case CREATE_SNAPSHOT -> PowerOp.CREATE_SNAPSHOT;
            case EXECUTE_SCRIPT -> throw new IllegalArgumentException("a script is no power action");
        };
    }

    private static JsonObject params(JsonObject request) {
        String text = request.getString(ExtraParams.FIELD);
        return text == null ? new JsonObject() : ExtraParams.parse(text);
    }
}
