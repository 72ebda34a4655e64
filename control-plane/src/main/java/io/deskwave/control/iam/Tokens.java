package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Caller;
import io.deskwave.control.http.Refusal;
import io.deskwave.control.http.Verifier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The one verifier: tokens that it issued itself, and requests signed with an access key. A token wins when both are there.
 * What the caller may do always comes from the database.
 */
public final class Tokens implements Verifier {
    private final TokenTexts texts;
    private final AccessKeys accessKeys;
    private final BuiltInGroups builtIn;
    private final Memory memory;
    private final Grants grants;
    private final AuthorizationMessages messages;
    private final InstantSource clock;

    public Tokens(
            Vertx vertx,
            Database database,
            MasterKey masterKey,
            InstallationKeys keys,
            Memory memory,
            InstantSource clock) {
        this.texts = new TokenTexts(vertx, keys.tokenKey());
        this.accessKeys = new AccessKeys(database, new IamStore(), masterKey, memory, clock);
        this.builtIn = new BuiltInGroups(vertx);
        this.memory = memory;
        this.grants = new Grants(database, new GrantStore(), builtIn, memory, clock);
        this.messages = new AuthorizationMessages(keys);
        this.clock = clock;
    }

    AccessKeys accessKeys() {
        return accessKeys;
    }

    BuiltInGroups builtIn() {
        return builtIn;
    }

    Memory memory() {
        return memory;
    }

    Grants grants() {
        return grants;
    }

    AuthorizationMessages messages() {
        return messages;
    }

    /** With an empty project it is good for the account only. */
    String issue(String userId, String projectId, long generation, Instant issuedAt) {
        return texts.write(new TokenTexts.Claims(userId, projectId, generation, issuedAt));
    }

    @Override
    public Optional<String> seal(Refusal refusal) {
        return Optional.of(messages.seal(refusal, clock.instant()));
    }

    @Override
    public Future<Caller> verify(HttpServerRequest request) {
        return examine(request).compose(claim -> claim.prove(Buffer.buffer()));
    }

    @Override
    public Future<Claim> examine(HttpServerRequest request) {
        String token = request.getHeader("X-Auth-Token");
        if (token != null && !token.isBlank()) {
            return verifyToken(token).map(Claim::proven);
        }
        String authorization = request.getHeader("Authorization");
        if (authorization == null || authorization.isBlank()) {
            return refuse("there are no credentials: send X-Auth-Token, or sign the request with an access key");
        }
        String temporary = request.getHeader("X-Security-Token");
        if (temporary != null && !temporary.isBlank()) {
            return refuse(
                    "temporary access keys (X-Security-Token) are not supported: sign with a permanent access key and"
                            + " its secret key, or send X-Auth-Token");
        }
        if (!authorization.startsWith(RequestSignature.SCHEME)) {
            return refuse("the Authorization scheme is not supported: use " + RequestSignature.SCHEME
                    + ", or send X-Auth-Token");
        }
        RequestSignature signature = RequestSignature.parse(authorization);
        return accessKeys
                .get(signature.accessKey(), address(request))
                .map(key -> body -> verifySignature(signature, key, request, body));
    }

    @Override
    public Future<Caller> verifyToken(String token) {
        return texts.read(token, clock.instant()).compose(claims -> grants.of(claims.userId())
                .map(list -> checkStillGood(list, claims))
                .compose(list -> tokenCaller(list, claims)));
    }

    @Override
    public Future<Caller> renew(Caller caller) {
        Future<?> key = caller.accessKey().isEmpty() ? Future.succeededFuture() : accessKeys.find(caller.accessKey());
        return key.compose(usable -> grants.of(caller.userId()))
                .compose(list -> caller(caller.userId(), list, Optional.of(caller.projectId()), false))
                .map(renewed -> renewed.signedWith(caller.accessKey()));
    }

    private static Future<Caller> tokenCaller(List<Grant> list, TokenTexts.Claims claims) {
        if (claims.projectId().isEmpty() && !list.isEmpty()) {
            Grant any = list.get(0);
            return Future.succeededFuture(
                    new Caller(claims.userId(), any.userName(), any.domain().id(), claims.projectId(), Set.of()));
        }
        return caller(claims.userId(), list, Optional.of(claims.projectId()), false);
    }

    /** A changed password ends the tokens from before. */
    private static List<Grant> checkStillGood(List<Grant> list, TokenTexts.Claims claims) {
        if (list.stream().anyMatch(grant -> grant.tokensGeneration() != claims.generation())) {
            throw new ApiException.Unauthorized(
                    "X-Auth-Token is from before the user was changed: get a new one from /v3/auth/tokens");
        }
        return list;
    }

    /** Whether a token tells who sends the request, and not a signature. */
    static boolean isBroughtBy(HttpServerRequest request) {
        String token = request.getHeader("X-Auth-Token");
        return token != null && !token.isBlank();
    }

    static String address(HttpServerRequest request) {
        SocketAddress remote = request.remoteAddress();
        return remote == null ? "" : String.valueOf(remote.hostAddress());
    }

    private Future<Caller> verifySignature(
            RequestSignature signature, IamStore.AccessKey key, HttpServerRequest request, Buffer body) {
        RequestSignature.Request signed = new RequestSignature.Request(
                request.method().name(), request.uri(), request.headers(), body.getBytes());
        accessKeys.verify(key, signature, signed, address(request));
        return grants.of(key.userId())
                .compose(list -> caller(key.userId(), list, wantedProject(request), true))
                .map(caller -> caller.signedWith(signature.accessKey()));
    }

    /** An access key is good for each project of its user: the request says which one it is about. */
    private static Optional<String> wantedProject(HttpServerRequest request) {
        String header = request.getHeader("X-Project-Id");
        if (header != null && !header.isBlank()) {
            return Optional.of(header);
        }
        String[] steps = request.path().split("/", 4);
        return steps.length > 2 ? Optional.of(steps[2]) : Optional.empty();
    }

    /** The wanted project, or another one of the user: the front door then says that this is the wrong one. */
    private static Future<Caller> caller(
            String userId, List<Grant> list, Optional<String> projectId, boolean anyOther) {
        return pick(list, projectId, anyOther)
                .map(grant -> Future.succeededFuture(new Caller(
                        userId,
                        grant.userName(),
                        grant.domain().id(),
                        grant.projectId(),
                        grant.permissions().names())))
                .orElseGet(() -> refuse("the user is disabled, or may do nothing in this project any more"));
    }

    private static Optional<Grant> pick(List<Grant> grants, Optional<String> projectId, boolean anyOther) {
        Predicate<Grant> wanted =
                grant -> projectId.filter(grant.projectId()::equals).isPresent();
        return grants.stream()
                .filter(wanted)
                .findFirst()
                .or(() -> anyOther ? grants.stream().findFirst() : Optional.empty());
    }

    private static <T> Future<T> refuse(String message) {
        return Future.failedFuture(new ApiException.Unauthorized(message));
    }
}
