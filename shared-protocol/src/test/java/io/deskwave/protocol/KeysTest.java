package io.deskwave.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the JDK's provider, which made the keys that are stored in older installations. */
class KeysTest {
    private static final byte[] CONTENT = "what is signed".getBytes(StandardCharsets.UTF_8);
    private static final BigInteger ORDER =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    @RepeatedTest(20)
    void theJdkVerifiesWhatWeSign() throws Exception {
        SigningKey ours = SigningKey.generate();
        PublicKey jdk = factory()
                .generatePublic(new X509EncodedKeySpec(ours.verifyingKey().encode()));

        assertThat(jdkVerifies(jdk, CONTENT, ours.sign(CONTENT))).isTrue();
        assertThat(jdkVerifies(jdk, new byte[0], ours.sign(new byte[0]))).isTrue();
        assertThat(jdkVerifies(jdk, CONTENT, SigningKey.generate().sign(CONTENT)))
                .isFalse();
    }

    @RepeatedTest(20)
    void weVerifyWhatTheJdkSigns() throws Exception {
        KeyPair jdk = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        VerifyingKey ours = VerifyingKey.decode(jdk.getPublic().getEncoded());

        assertThat(ours.verify(CONTENT, jdkSigns(jdk.getPrivate(), CONTENT))).isTrue();
        assertThat(ours.verify(new byte[0], jdkSigns(jdk.getPrivate(), new byte[0])))
                .isTrue();
        assertThat(ours.verify(CONTENT, jdkSigns(jdk.getPrivate(), new byte[1])))
                .isFalse();
    }

    @Test
    void keysOfTheJdkAreOursByteForByte() throws Exception {
        KeyPair jdk = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        SigningKey ours = SigningKey.fromBase64(
                Base64.getEncoder().encodeToString(jdk.getPrivate().getEncoded()));

        assertThat(ours.encode()).isEqualTo(jdk.getPrivate().getEncoded());
        assertThat(ours.verifyingKey().encode()).isEqualTo(jdk.getPublic().getEncoded());
        assertThat(ours.sign(CONTENT)).isEqualTo(jdkSigns(jdk.getPrivate(), CONTENT));
        assertThat(VerifyingKey.fromBase64(ours.verifyingKey().toBase64())).isEqualTo(ours.verifyingKey());
        assertThat(factory().generatePrivate(new PKCS8EncodedKeySpec(ours.encode())))
                .isEqualTo(jdk.getPrivate());
    }

    /** RFC 8032, section 7.1, test 2. */
    @Test
    void signsAsTheStandardSays() {
        HexFormat hex = HexFormat.of();
        SigningKey key = SigningKey.decode(hex.parseHex("302e020100300506032b657004220420"
                + "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));

        assertThat(hex.formatHex(key.verifyingKey().encode()))
                .isEqualTo("302a300506032b6570032100"
                        + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assertThat(hex.formatHex(key.sign(new byte[] {0x72})))
                .isEqualTo("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    }

    @Test
    void aChangedOrMalformedSignatureIsWrongAndNothingElse() {
        SigningKey key = SigningKey.generate();
        VerifyingKey verifying = key.verifyingKey();
        byte[] right = key.sign(CONTENT);
        for (int bit = 0; bit < 8 * right.length; bit++) {
            byte[] changed = right.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(verifying.verify(CONTENT, changed)).as("bit %d", bit).isFalse();
        }
        for (int length : new int[] {0, 1, 63, 65, 128}) {
            assertThat(verifying.verify(CONTENT, Arrays.copyOf(right, length))).isFalse();
        }
        assertThat(verifying.verify(CONTENT, plusOrder(right)))
                .as("the same signature in another spelling")
                .isFalse();
        var random = new Random(1);
        for (int i = 0; i < 500; i++) {
            byte[] noise = new byte[64];
            random.nextBytes(noise);
            assertThat(verifying.verify(CONTENT, noise)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "AAAA",
                "%%%",
                "MCowBQYDK2VwAyEA",
                "MCowBQYDK2VuAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
            })
    void refusesWhatIsNoKey(String base64) {
        assertThatThrownBy(() -> VerifyingKey.fromBase64(base64)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SigningKey.fromBase64(base64)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesKeysOfOtherKindsAndPointsThatAreNone() throws Exception {
        KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        KeyPair ed448 = KeyPairGenerator.getInstance("Ed448").generateKeyPair();
        for (KeyPair other : new KeyPair[] {rsa, ed448}) {
            assertThatThrownBy(() -> VerifyingKey.decode(other.getPublic().getEncoded()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> SigningKey.decode(other.getPrivate().getEncoded()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        byte[] noPoint = SigningKey.generate().verifyingKey().encode();
        Arrays.fill(noPoint, 12, noPoint.length, (byte) 0xff);
        assertThatThrownBy(() -> VerifyingKey.decode(noPoint)).isInstanceOf(IllegalArgumentException.class);
        byte[] longer = Arrays.copyOf(SigningKey.generate().verifyingKey().encode(), 45);
        assertThatThrownBy(() -> VerifyingKey.decode(longer)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSigningKeyIsNotShown() {
        SigningKey key = SigningKey.generate();

        assertThat(key.toString())
                .isEqualTo("SigningKey[hidden]")
                .doesNotContain(key.toBase64().substring(24));
        assertThat(key.toBase64()).isNotEqualTo(SigningKey.generate().toBase64());
    }

    /** The second half is a number below the group's order; adding the order once more still fits in its 32 bytes. */
    private static byte[] plusOrder(byte[] signature) {
        byte[] bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[i] = signature[63 - i];
        }
        byte[] sum = new BigInteger(1, bigEndian).add(ORDER).toByteArray();
        byte[] spelled = signature.clone();
        for (int i = 0; i < 32; i++) {
            spelled[32 + i] = i < sum.length ? sum[sum.length - 1 - i] : 0;
        }
        return spelled;
    }

    private static KeyFactory factory() throws GeneralSecurityException {
        return KeyFactory.getInstance("Ed25519");
    }

    private static byte[] jdkSigns(PrivateKey key, byte[] content) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(key);
        signature.update(content);
        return signature.sign();
    }

    private static boolean jdkVerifies(PublicKey key, byte[] content, byte[] bytes) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(key);
        signature.update(content);
        return signature.verify(bytes);
    }
}
