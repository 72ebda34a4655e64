/** The whole system from outside: processes, sockets, the API. */
package io.deskwave.control.e2e;
