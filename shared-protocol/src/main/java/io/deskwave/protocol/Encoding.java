package io.deskwave.protocol;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** A standard encoding of a key that is always the same bytes and then the key's own. */
final class Encoding {
    private final byte[] prefix;
    private final int length;

    Encoding(String prefixHex, int keyBytes) {
        this.prefix = HexFormat.of().parseHex(prefixHex);
        this.length = prefix.length + keyBytes;
    }

    byte[] wrap(byte[] key) {
        byte[] encoded = Arrays.copyOf(prefix, length);
        System.arraycopy(key, 0, encoded, prefix.length, key.length);
        return encoded;
    }

    Optional<byte[]> unwrap(byte[] encoded) {
        return encoded.length == length && Arrays.equals(encoded, 0, prefix.length, prefix, 0, prefix.length)
                ? Optional.of(Arrays.copyOfRange(encoded, prefix.length, length))
                : Optional.empty();
    }
}
