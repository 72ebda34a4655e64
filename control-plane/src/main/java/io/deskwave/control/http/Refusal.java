package io.deskwave.control.http;

/**
 * Why somebody we know may not do something.
 *
 * @param action    the permission that was needed
 * @param projectId the project it was about; empty when it was about none
 * @param resource  the path of the request
 */
public record Refusal(Caller caller, String action, String projectId, String resource, String reason) {}
