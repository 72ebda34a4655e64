package io.deskwave.control.execution;

import io.deskwave.control.desktop.DesktopStore.Target;
import io.deskwave.control.execution.Targets.Resolved;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.script.RunnableScript;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Makes a task of a request and what it was found to name: its batches and its gate. Pure. */
final class Planning {
    private Planning() {}

    static TaskStore.NewTask task(
            UUID taskId, ExecutionRequest request, Resolved resolved, List<RunnableScript> found, Instant now) {
        BatchPlan plan = plan(request, resolved.targets());
        return new TaskStore.NewTask(
                taskId,
                request,
                resolved.targets().stream().map(Target::id).toList(),
                resolved.targets().stream().map(Target::name).toList(),
                plan,
                threshold(request, plan),
                resolved.group(),
                found.stream().map(RunnableScript::id).toList(),
                found.stream().map(RunnableScript::versionNo).toList(),
                now);
    }

    private static BatchPlan plan(ExecutionRequest request, List<Target> targets) {
        List<BatchPlan.Candidate> candidates = targets.stream()
                .map(target -> new BatchPlan.Candidate(target.id(), target.online()))
                .toList();
        try {
            return BatchPlan.of(candidates, request.grayCount(), request.grayIds());
        } catch (IllegalArgumentException e) {
            throw new ApiException.BadRequest(e.getMessage() + "; name only desktops that the task runs on");
        }
    }

    private static int threshold(ExecutionRequest request, BatchPlan plan) {
        Integer threshold = request.grayFailThreshold();
        if (threshold == null) {
            return 1;
        }
        boolean hasGrayWish = request.grayCount() > 0 || !request.grayIds().isEmpty();
        if (!hasGrayWish) {
            throw new ApiException.BadRequest(
                    "gray_fail_threshold needs a gray batch: send gray_count or the gray ids too");
        }
        int size = request.grayCount() > 0
                ? request.grayCount()
                : request.grayIds().size();
        if (request.thresholdBelowCount() && request.grayCount() > 0 && threshold >= size) {
            throw new ApiException.BadRequest("gray_fail_threshold must be below gray_count: "
                    + (size > 1
                            ? "send 1 to " + (size - 1) + ", or leave it out for 1, not " + threshold
                            : "leave it out, and a failure of the one gray desktop closes the gate"));
        }
        if (threshold > size) {
            throw new ApiException.BadRequest(
                    "gray_fail_threshold must be at most the size of the gray batch: send 1 to " + size + ", not "
                            + threshold);
        }
        return plan.hasGray() ? Math.min(threshold, Math.max(1, plan.gray().size())) : 1;
    }
}
