package io.deskwave.control.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;

/** The document, and Swagger UI on it from the WebJar: nothing is fetched from elsewhere. */
final class Docs {
    private static final String VERSION = "META-INF/maven/org.webjars/swagger-ui/pom.properties";
    private static final String FILES = "META-INF/resources/webjars/swagger-ui/";
    private static final Map<String, String> SERVED = Map.of(
            "swagger-ui.css", "text/css; charset=utf-8",
            "swagger-ui-bundle.js", "text/javascript; charset=utf-8",
            "favicon-32x32.png", "image/png");
    private static final String PAGE =
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Deskwave API</title>
            <link rel="icon" href="/docs/favicon-32x32.png">
            <link rel="stylesheet" href="/docs/swagger-ui.css">
            </head>
            <body>
            <div id="swagger-ui"></div>
            <script src="/docs/swagger-ui-bundle.js"></script>
            <script src="/docs/start.js"></script>
            </body>
            </html>
            """;
    private static final String START =
            "SwaggerUIBundle({url: '/openapi.json', dom_id: '#swagger-ui', validatorUrl: null});\n";
    private static final String POLICY =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

    private final Buffer document;

    Docs(JsonObject document) {
        this.document = document.toBuffer();
    }

    void mount(Router router) {
        router.get("/openapi.json").handler(context -> send(context, "application/json", document));
        router.get("/docs").handler(context -> send(context, "text/html; charset=utf-8", Buffer.buffer(PAGE)));
        router.get("/docs/start.js")
                .handler(context -> send(context, "text/javascript; charset=utf-8", Buffer.buffer(START)));
        String folder = FILES + version() + "/";
        SERVED.forEach((file, type) -> router.get("/docs/" + file).handler(context -> context.vertx()
                .fileSystem()
                .readFile(folder + file)
                .onSuccess(bytes -> send(context, type, bytes))
                .onFailure(context::fail)));
    }

    private static void send(RoutingContext context, String type, Buffer bytes) {
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, type)
                .putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .end(bytes)
                .onFailure(context::fail);
    }

    private static String version() {
        Properties properties = new Properties();
        try (InputStream in = Docs.class.getClassLoader().getResourceAsStream(VERSION)) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "");
    }
}
