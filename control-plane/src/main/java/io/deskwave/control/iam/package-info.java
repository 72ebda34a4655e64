@NullMarked
@CheckReturnValue
package io.deskwave.control.iam;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
