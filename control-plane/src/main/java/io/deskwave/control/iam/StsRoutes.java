package io.deskwave.control.iam;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Caller;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Who am I, and why was I refused. */
final class StsRoutes {
    private final AuthorizationMessages messages;

    StsRoutes(AuthorizationMessages messages) {
        this.messages = messages;
    }

    void hang(Operations operations) {
        operations.on("DecodeAuthorizationMessage", call -> Future.succeededFuture(decode(call)));
        operations.on("GetCallerIdentity", call -> Future.succeededFuture(identity(call.caller())));
    }

    private ApiAnswer decode(ApiCall call) {
        return messages.open(
                        call.body().getString("encoded_message"), call.caller().domainId())
                .map(message -> ApiAnswer.ok(new JsonObject().put("decoded_message", message.encode())))
                .orElseThrow(() -> new ApiException.BadRequest(
                        "encoded_message is not a message of this server for your account: send the whole"
                                + " encoded_authorization_message of a 403 as it was received"));
    }

    private static ApiAnswer identity(Caller caller) {
        return ApiAnswer.ok(new JsonObject()
                .put("account_id", caller.domainId())
                .put("principal_urn", AuthorizationMessages.urn(caller))
                .put("principal_id", caller.userId()));
    }
}
