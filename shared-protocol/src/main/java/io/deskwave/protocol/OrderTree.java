package io.deskwave.protocol;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * One signature for many orders. The orders are the leaves of a hash tree, the signature is over its root, and each order
 * carries the hashes beside its way up: so its receiver can tell that the signer meant this very order, without the others.
 * Leaves and nodes are hashed with different first bytes (as in RFC 9162), so that neither passes for the other. Immutable.
 */
public final class OrderTree {
    private static final byte LEAF = 0;
    private static final byte NODE = 1;
    private static final byte LEFT = 0;
    private static final byte RIGHT = 1;
    private static final int HASH_BYTES = 32;
    private static final int STEP_BYTES = 1 + HASH_BYTES;

    /** Of the tree over as many orders as there can be ids. */
    private static final int MOST_STEPS = 64;

    private final List<List<byte[]>> levels;

    private OrderTree(List<List<byte[]>> levels) {
        this.levels = levels;
    }

    /** @param orders at least one; what is signed of each */
    public static OrderTree of(List<byte[]> orders) {
        if (orders.isEmpty()) {
            throw new IllegalArgumentException("a tree needs an order");
        }
        MessageDigest sha = sha256();
        var levels = new ArrayList<List<byte[]>>();
        List<byte[]> level =
                orders.stream().map(order -> hash(sha, LEAF, order)).toList();
        levels.add(level);
        while (level.size() > 1) {
            var above = new ArrayList<byte[]>((level.size() + 1) / 2);
            for (int i = 0; i + 1 < level.size(); i += 2) {
                above.add(hash(sha, NODE, level.get(i), level.get(i + 1)));
            }
            if (level.size() % 2 == 1) {
                above.add(level.get(level.size() - 1));
            }
            levels.add(above);
            level = above;
        }
        return new OrderTree(levels);
    }

    /** 32 bytes. */
    public byte[] root() {
        return levels.get(levels.size() - 1).get(0).clone();
    }

    /** The way of one order to the root: for each hash beside it a byte that tells its side, and the hash; base64. */
    public String proof(int index) {
        byte[] steps = new byte[STEP_BYTES * levels.size()];
        int length = 0;
        int place = index;
        for (List<byte[]> level : levels) {
            int beside = place ^ 1;
            if (beside < level.size()) {
                steps[length] = beside < place ? LEFT : RIGHT;
                System.arraycopy(level.get(beside), 0, steps, length + 1, HASH_BYTES);
                length += STEP_BYTES;
            }
            place /= 2;
        }
        return Base64.getEncoder().encodeToString(Arrays.copyOf(steps, length));
    }

    /**
     * The root of the tree that an order with this proof is in.
     *
     * @throws IllegalArgumentException when the proof has not the form of one
     */
    public static byte[] root(byte[] order, String proof) {
        byte[] steps = Base64.getDecoder().decode(proof);
        if (steps.length % STEP_BYTES != 0 || steps.length > MOST_STEPS * STEP_BYTES) {
            throw new IllegalArgumentException("not a proof");
        }
        MessageDigest sha = sha256();
        byte[] hash = hash(sha, LEAF, order);
        for (int at = 0; at < steps.length; at += STEP_BYTES) {
            byte[] beside = Arrays.copyOfRange(steps, at + 1, at + STEP_BYTES);
            hash = switch (steps[at]) {
                case LEFT -> hash(sha, NODE, beside, hash);
                case RIGHT -> hash(sha, NODE, hash, beside);
                default -> throw new IllegalArgumentException("not a proof");
            };
        }
        return hash;
    }

    private static byte[] hash(MessageDigest sha, byte kind, byte[]... parts) {
        sha.update(kind);
        for (byte[] part : parts) {
            sha.update(part);
        }
        return sha.digest();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
