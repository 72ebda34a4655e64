package io.deskwave.control.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class BodySketchTest {
    private static final JsonObject DOCUMENT = new JsonObject(
            """
            {"components": {"schemas": {"Id": {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^[a-z]*$",
                                               "x-expects": "small letters"}}}}""");
    private final BodySketch sketch = new BodySketch(DOCUMENT);

    private static JsonObject schema(String items) {
        return new JsonObject("{'properties': {'ids': {'type': 'array', 'items': %s}}}"
                .formatted(items)
                .replace('\'', '"'));
    }

    private static JsonObject ids(Object last) {
        return new JsonObject()
                .put(
                        "ids",
                        new JsonArray(Collections.nCopies(1000, "abc")).copy().add(last));
    }

    private int shown(String items) {
        return sketch.of(ids("z"), schema(items)).getJsonArray("ids").size();
    }

    @Test
    void longListsOfTextsAreCutForTheValidator() {
        assertThat(shown("{'$ref': '#/components/schemas/Id'}")).isEqualTo(BodySketch.SHOWN_ENTRIES);
        assertThat(shown("{'type': 'string', 'description': 'd'}")).isEqualTo(BodySketch.SHOWN_ENTRIES);
        assertThat(shown("{}")).isEqualTo(BodySketch.SHOWN_ENTRIES);
    }

    @Test
    void whatOnlyTheValidatorCanJudgeIsShownWhole() {
        assertThat(shown("{'type': 'string', 'enum': ['abc']}")).isEqualTo(1001);
        assertThat(shown("{'type': 'integer'}")).isEqualTo(1001);
        assertThat(shown("{'anyOf': [{'type': 'string'}]}")).isEqualTo(1001);
    }

    @Test
    void theRestOfACutListIsJudged() {
        assertRefused(7, "ids[1000] must be text in quotes");
        assertRefused("", "ids[1000] must have at least 1 character");
        assertRefused("abcd", "ids[1000] must have at most 3 characters");
        assertRefused("A", "ids[1000] must be small letters");
    }

    private void assertRefused(Object last, String message) {
        assertThatThrownBy(() -> sketch.of(ids(last), schema("{'$ref': '#/components/schemas/Id'}")))
                .isInstanceOf(ApiException.BadRequest.class)
                .hasMessage(message);
    }

    @Test
    void whatTheSchemaDoesNotKnowIsOnlyHintedAt() {
        JsonObject body = new JsonObject().put("other", new JsonObject().put("x", 1));
        assertThat(sketch.of(body, schema("{}"))).isEqualTo(new JsonObject().put("other", true));
    }
}
