package io.deskwave.control.e2e;

/**
 * Credentials that are a token. The vendor's builder takes classes by their simple name, and so this one has to have the name
 * of its parent.
 */
public class BasicCredentials extends com.huaweicloud.sdk.core.auth.BasicCredentials {
    BasicCredentials withToken(String token) {
        this.authToken = token;
        return this;
    }
}
