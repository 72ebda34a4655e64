package io.deskwave.control.http;

import io.vertx.core.http.HttpServerRequest;

/** Lets in who may: the right project first, then the permission. Who is refused learns why, in words and as a sealed message. */
public final class Gate {
    private static final String UNFILLED_PROJECT = "{project_id}";
    private final Verifier verifier;

    public Gate(Verifier verifier) {
        this.verifier = verifier;
    }

    /** Fails when the credentials are not for this project of the path, or the request names two projects. */
    public void checkProject(Caller caller, String project, String action, HttpServerRequest request) {
        if (project.equals(UNFILLED_PROJECT)) {
            throw new ApiException.BadRequest(
                    "the path has no project id: give the client one, such as withProjectId(\"" + caller.projectId()
                            + "\") of the vendor's SDK");
        }
        String header = request.getHeader("X-Project-Id");
        if (header != null && !header.isBlank() && !header.equals(project)) {
            throw new ApiException.BadRequest(
                    "X-Project-Id and the project of the path differ: send the same, or no X-Project-Id");
        }
        if (!caller.projectId().equals(project)) {
            throw refused(caller, action, project, request, otherProject(caller, project));
        }
    }

    /** The same where the path names no project: the header may. */
    public void checkNamedProject(Caller caller, String action, HttpServerRequest request) {
        String header = request.getHeader("X-Project-Id");
        if (header != null && !header.isBlank() && !header.equals(caller.projectId())) {
            throw refused(caller, action, header, request, otherProject(caller, header));
        }
    }

    public void checkPermission(Caller caller, String action, HttpServerRequest request) {
        if (!caller.may(action)) {
            throw refused(
                    caller,
                    action,
                    caller.projectId(),
                    request,
                    "you need the permission " + action
                            + (caller.projectId().isEmpty()
                                    ? ", which is had in a project: get a token with auth.scope.project"
                                    : " in this project"));
        }
    }

    private static String otherProject(Caller caller, String project) {
        return caller.projectId().isEmpty()
                ? "your token is for the account, not for a project: get one with auth.scope.project"
                : "your credentials are for another project than " + Wording.shortened(project)
                        + ": get a token for it (auth.scope.project), or sign with an access key of a user who may"
                        + " do something there";
    }

    ApiException refused(Caller caller, String action, String project, HttpServerRequest request, String reason) {
        return new ApiException.Forbidden(
                reason, verifier.seal(new Refusal(caller, action, project, String.valueOf(request.path()), reason)));
    }
}
