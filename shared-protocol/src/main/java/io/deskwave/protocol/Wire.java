package io.deskwave.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jsr310.deser.InstantDeserializer;
import com.fasterxml.jackson.datatype.jsr310.ser.InstantSerializer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The one JSON setting, and the two kinds of frame. Names are snake_case, instants ISO-8601 in UTC, absent means null,
 * unknown members are ignored so that a newer peer may say more.
 */
public final class Wire {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(instants())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private static final TypeReference<LinkedHashMap<String, Object>> MEMBERS = new TypeReference<>() {};
    private static final int HEADER_LENGTH_BYTES = 4;

    private Wire() {}

    /** The whole module of times would be a hundred classes in every agent's memory. */
    private static SimpleModule instants() {
        return new SimpleModule()
                .addSerializer(Instant.class, InstantSerializer.INSTANCE)
                .addDeserializer(Instant.class, InstantDeserializer.INSTANT);
    }

    public static String toJson(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /** @throws IllegalArgumentException when the text is not the JSON of such a value; the text is not repeated */
    public static <T> T fromJson(String text, Class<T> type) {
        try {
            T value = JSON.readValue(text, type);
            if (value == null) {
                throw new IllegalArgumentException("null is no " + type.getSimpleName());
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "not a readable " + type.getSimpleName() + ": " + firstLine(e.getOriginalMessage()), e);
        }
    }

    /** The members of a value's JSON, without writing and reading it. */
    public static Map<String, Object> toMembers(Object value) {
        return JSON.convertValue(value, MEMBERS);
    }

    /** A text frame of the agent; {@link AgentMessage.Output} goes through {@link #encodeOutput} instead. */
    public static String encode(AgentMessage message) {
        if (message instanceof AgentMessage.Output) {
            throw new IllegalArgumentException("output travels as a binary frame");
        }
        return toJson(message);
    }

    public static String encode(ServerMessage message) {
        return toJson(message);
    }

    /** @throws IllegalArgumentException when the frame is no message an agent sends as text */
    public static AgentMessage decodeAgentMessage(String frame) {
        AgentMessage message = fromJson(frame, AgentMessage.class);
        if (message instanceof AgentMessage.Output) {
            throw new IllegalArgumentException("output travels as a binary frame");
        }
        return message;
    }

    /** @throws IllegalArgumentException when the frame is no message of a control plane */
    public static ServerMessage decodeServerMessage(String frame) {
        return fromJson(frame, ServerMessage.class);
    }

    /** A binary frame: the length of the header in 4 bytes, the header as JSON, the bytes as they are. */
    public static byte[] encodeOutput(AgentMessage.Output output) {
        byte[] header = toJson(output).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(HEADER_LENGTH_BYTES + header.length + output.bytes().length)
                .putInt(header.length)
                .put(header)
                .put(output.bytes())
                .array();
    }

    /** @throws IllegalArgumentException when the frame is no output */
    public static AgentMessage.Output decodeOutput(byte[] frame) {
        int headerEnd = frame.length < HEADER_LENGTH_BYTES
                ? -1
                : HEADER_LENGTH_BYTES + ByteBuffer.wrap(frame).getInt();
        if (headerEnd < HEADER_LENGTH_BYTES || headerEnd > frame.length) {
            throw new IllegalArgumentException("a binary frame starts with the length of its header");
        }
        String header = new String(frame, HEADER_LENGTH_BYTES, headerEnd - HEADER_LENGTH_BYTES, StandardCharsets.UTF_8);
        if (!(fromJson(header, AgentMessage.class) instanceof AgentMessage.Output output)) {
            throw new IllegalArgumentException("a binary frame carries output");
        }
        byte[] bytes = Arrays.copyOfRange(frame, headerEnd, frame.length);
        if (bytes.length == 0 || bytes.length > Protocol.MAX_OUTPUT_CHUNK_BYTES) {
            throw new IllegalArgumentException("output of a size out of range");
        }
        return new AgentMessage.Output(
                output.recordId(),
                output.attempt(),
                output.seq(),
                output.stream(),
                output.offset(),
                output.follows(),
                bytes);
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return Protocol.cut(end < 0 ? text : text.substring(0, end), 200);
    }
}
