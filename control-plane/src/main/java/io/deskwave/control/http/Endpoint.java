package io.deskwave.control.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.contract.RequestBody;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One operation of the document, ready to judge requests.
 *
 * @param permission what the caller must be allowed to do; empty: being known is enough
 * @param isPublic   whether nobody has to be known
 * @param outside    documented here, served by a raw route elsewhere
 * @param family     whose shape failures have
 */
record Endpoint(
        String operationId,
        HttpMethod method,
        String path,
        Optional<String> permission,
        boolean isPublic,
        boolean outside,
        Family family,
        ParameterRules parameters,
        Optional<BodyRules> body) {
    static final String PERMISSION = "x-permission";
    /** Besides, for what the handler finds to belong to somebody else. */
    static final String PERMISSION_FOR_OTHERS = "x-permission-for-others";

    /** What else an operation may ask for, depending on what it is to bring about. */
    static final String PERMISSIONS_OF_EFFECTS = "x-permissions-of-effects";

    static final String ANYBODY_KNOWN = "authenticated";

    static Endpoint of(Operation operation, OpenAPIContract contract, JsonObject document) {
        Map<String, Object> extensions = operation.getExtensions();
        boolean isPublic = operation.getSecurityRequirements().isEmpty();
        Object permission = extensions.get(PERMISSION);
        if (!isPublic && permission == null) {
            throw new IllegalStateException(
                    operation.getOperationId() + " has no x-permission in the OpenAPI document");
        }
        return new Endpoint(
                operation.getOperationId(),
                operation.getHttpMethod(),
                operation.getAbsoluteOpenAPIPath(),
                Optional.ofNullable(permission).map(Object::toString).filter(p -> !p.equals(ANYBODY_KNOWN)),
                isPublic,
                Boolean.TRUE.equals(extensions.get("x-outside")),
                Family.of(extensions.get("x-error-shape")),
                parameters(operation, document),
                Optional.ofNullable(operation.getRequestBody()).map(body -> body(body, contract, document)));
    }

    /** The path as vertx-web writes it. */
    String route() {
        return path.replaceAll("\\{([^}]+)\\}", ":$1");
    }

    boolean hasProject() {
        return path.contains("{project_id}");
    }

    private static ParameterRules parameters(Operation operation, JsonObject document) {
        List<ParameterRules.Rule> rules = operation.getParameters().stream()
                .filter(p -> p.getIn() == Location.QUERY || p.getIn() == Location.PATH)
                .map(p -> rule(p, document))
                .toList();
        return new ParameterRules(rules);
    }

    private static ParameterRules.Rule rule(Parameter parameter, JsonObject document) {
        return ParameterRules.Rule.of(
                parameter.getName(),
                parameter.getIn() == Location.QUERY,
                parameter.isRequired(),
                (JsonObject) parameter.getSchema(),
                document);
    }

    private static BodyRules body(RequestBody body, OpenAPIContract contract, JsonObject document) {
        return new BodyRules(
                body.isRequired(), body.getContent().values().iterator().next().getSchema(), contract, document);
    }
}
