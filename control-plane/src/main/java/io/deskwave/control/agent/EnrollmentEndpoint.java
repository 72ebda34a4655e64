package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.protocol.Enrollment;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Wire;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Protocol#ENROLL_PATH}: open to strangers, so small in what it reads and in how much it does at once. Answers an
 * {@link Enrollment.Answer} or a {@link io.deskwave.protocol.Refusal}.
 */
public final class EnrollmentEndpoint {
    static final int MAX_BODY_BYTES = 256 * 1024;

    /** Two groups; with bodies of the greatest size, which strangers may send, 64 MB. */
    private static final int MAX_AT_ONCE = 256;
    /** Where the rate begins, until it is measured. */
    private static final double PER_SECOND = 1500;

    private static final long BODY_MILLIS = 10_000;

    private static final int FAILED_RETRY_MILLIS = 5_000;
    private static final Logger LOG = LoggerFactory.getLogger(EnrollmentEndpoint.class);

    private final Enrollments enrollments;
    private final String workKey;
    private final InstantSource clock;
    private final Admission admission;

    /**
     * @param workKey as {@link Enrollment.Answer} has it
     * @param loops   that share the memory of the node
     */
    public EnrollmentEndpoint(Enrollments enrollments, String workKey, int loops, InstantSource clock) {
        this.enrollments = enrollments;
        this.workKey = workKey;
        this.admission = new Admission(MAX_AT_ONCE, PER_SECOND, loops, System::nanoTime);
        this.clock = clock;
    }

    public void mount(Router router) {
        router.post(Protocol.ENROLL_PATH).handler(this::admit).failureHandler(this::refuse);
        router.post(Protocol.ENROLL_PATH)
                .handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES))
                .handler(this::enroll)
                .failureHandler(this::refuse);
    }

    /** Before the body is read: so many at once, each with so much time, bound what strangers can make the node hold. */
    private void admit(RoutingContext context) {
        if (!admission.enter()) {
            context.fail(RefusedException.busy(
                    "too many desktops enrol at this moment: try again",
                    admission.retryAfterMillis(),
                    clock.instant()));
            return;
        }
        long patience = context.vertx().setTimer(BODY_MILLIS, late -> {
            if (!context.request().isEnded()) {
                context.request().connection().close().onFailure(gone -> LOG.debug("close", gone));
            }
        });
        context.addEndHandler(ended -> {
            admission.leave();
            context.vertx().cancelTimer(patience);
        });
        context.next();
    }

    private void enroll(RoutingContext context) {
        Enrollment.Request request;
        try {
            Buffer body = context.body().buffer();
            request = Wire.fromJson(body == null ? "" : body.toString(), Enrollment.Request.class);
        } catch (IllegalArgumentException e) {
            context.fail(RefusedException.malformed(
                    "the body must be an enrollment request as JSON: secret, name, public_key, host", clock.instant()));
            return;
        }
        enrollments
                .enroll(request)
                .onSuccess(desktopId -> answer(context, 200, new Enrollment.Answer(desktopId, workKey)))
                .onFailure(context::fail);
    }

    private void refuse(RoutingContext context) {
        RefusedException refused = refused(context);
        Long retryAfterSeconds = refused.retryAfterSeconds();
        if (retryAfterSeconds != null) {
            context.response().putHeader("Retry-After", retryAfterSeconds.toString());
        }
        answer(context, refused.httpStatus(), refused.refusal());
    }

    private RefusedException refused(RoutingContext context) {
        if (context.failure() instanceof RefusedException refused) {
            return refused;
        }
        if (context.statusCode() >= 400 && context.statusCode() < 500) {
            return RefusedException.malformed(
                    "an enrollment request has at most " + MAX_BODY_BYTES + " bytes", clock.instant());
        }
        if (!Database.isUnavailable(context.failure())) {
            LOG.error("an enrollment failed", context.failure());
        }
        return RefusedException.busy(
                "the control plane cannot enrol now: try again", FAILED_RETRY_MILLIS, clock.instant());
    }

    private static void answer(RoutingContext context, int status, Object body) {
        if (context.response().ended() || context.response().closed()) {
            return;
        }
        context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(Wire.toJson(body))
                .onFailure(gone -> LOG.debug("the agent left before the answer", gone));
    }
}
