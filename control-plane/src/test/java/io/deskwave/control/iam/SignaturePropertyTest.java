package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the values and however a client writes them on the wire, the signature of the values fits, and of no others. */
class SignaturePropertyTest {
    private static final String ALPHABET = "aZ9-_.~ *:+%&=?#!'(),;@$中é";
    private static final String STAMP = "20261121T120000Z";
    private static final byte[] SECRET = "secret".getBytes(StandardCharsets.US_ASCII);
    private static final int REQUESTS = 300;

    private record Pair(String key, String value) {}

    private record Meaning(List<String> path, List<Pair> query, String body) {
        String wire(Function<String, String> encode) {
            String target = path.stream().map(s -> "/" + encode.apply(s)).collect(Collectors.joining());
            return query.isEmpty()
                    ? target
                    : target + "?"
                            + query.stream()
                                    .map(p -> encode.apply(p.key()) + "=" + encode.apply(p.value()))
                                    .collect(Collectors.joining("&"));
        }

        /** By the vendor's rules, from what is meant. */
        String canonical(boolean valuesSorted) {
            Comparator<Pair> order = Comparator.comparing(p -> strict(p.key()));
            if (valuesSorted) {
                order = order.thenComparing(p -> strict(p.value()));
            }
            String pairs = query.stream()
                    .sorted(order)
                    .map(p -> strict(p.key()) + "=" + strict(p.value()))
                    .collect(Collectors.joining("&"));
            return "POST\n"
                    + path.stream().map(s -> "/" + strict(s)).collect(Collectors.joining()) + "/\n"
                    + pairs + "\nhost:h:1\nx-sdk-date:" + STAMP + "\n\nhost;x-sdk-date\n" + People.hash(body);
        }
    }

    private static String strict(String text) {
        return encoded(text, "-_.~");
    }

    /** As OkHttp and others write it. */
    private static String lenient(String text) {
        return encoded(text, "-_.*:!'(),;@$");
    }

    private static String encoded(String text, String kept) {
        return text.codePoints()
                .mapToObj(c -> (Character.isLetterOrDigit(c) && c < 128) || kept.indexOf(c) >= 0
                        ? Character.toString(c)
                        : HexFormat.ofDelimiter("%")
                                .withUpperCase()
                                .formatHex(Character.toString(c).getBytes(StandardCharsets.UTF_8))
                                .replaceFirst("^", "%"))
                .collect(Collectors.joining());
    }

    private static Meaning random(Random random) {
        List<String> path = new ArrayList<>(List.of("v2"));
        random.ints(random.nextInt(4), 0, 1).forEach(i -> path.add(text(random, 1)));
        List<Pair> query = new ArrayList<>();
        random.ints(random.nextInt(5), 0, 1)
                .forEach(i -> query.add(new Pair(random.nextBoolean() ? "task_id" : text(random, 1), text(random, 0))));
        return new Meaning(path, query, text(random, 0));
    }

    private static String text(Random random, int shortest) {
        int[] letters = ALPHABET.codePoints().toArray();
        return random.ints(shortest + random.nextInt(6), 0, letters.length)
                .mapToObj(i -> Character.toString(letters[i]))
                .collect(Collectors.joining());
    }

    private static boolean fits(String signature, String method, String target, String stamp, String body) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("Host", "h:1").add("X-Sdk-Date", stamp);
        return RequestSignature.parse("SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature=" + signature)
                .fits(
                        new RequestSignature.Request(method, target, headers, body.getBytes(StandardCharsets.UTF_8)),
                        SECRET);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theSignatureOfWhatIsMeantFits(boolean valuesSorted) {
        Random random = new Random(42);
        for (int i = 0; i < REQUESTS; i++) {
            Meaning meaning = random(random);
            String signature = signature(meaning.canonical(valuesSorted));
            for (String wire : List.of(
                    meaning.wire(SignaturePropertyTest::strict), meaning.wire(SignaturePropertyTest::lenient))) {
                assertThat(fits(signature, "POST", wire, STAMP, meaning.body()))
                        .as(wire)
                        .isTrue();
                assertThat(fits(signature, "PUT", wire, STAMP, meaning.body())).isFalse();
                assertThat(fits(signature, "POST", wire, "20261121T120001Z", meaning.body()))
                        .isFalse();
                assertThat(fits(signature, "POST", wire, STAMP, meaning.body() + " "))
                        .isFalse();
                assertThat(fits(signature, "POST", "/x" + wire, STAMP, meaning.body()))
                        .isFalse();
                assertThat(fits(
                                signature,
                                "POST",
                                wire + (wire.contains("?") ? "&" : "?") + "z=1",
                                STAMP,
                                meaning.body()))
                        .isFalse();
            }
        }
    }

    private static String signature(String canonical) {
        return People.mac("secret", "SDK-HMAC-SHA256\n" + STAMP + "\n" + People.hash(canonical));
    }
}
