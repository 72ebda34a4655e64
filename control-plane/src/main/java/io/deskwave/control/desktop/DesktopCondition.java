package io.deskwave.control.desktop;

import java.util.List;
import java.util.UUID;

/** What a desktop has to meet to be in a list. No desktop is one of none. */
public sealed interface DesktopCondition {
    void accept(Receiver receiver);

    /** Every condition there is: whoever reads a filter has a word for each. */
    interface Receiver {
        void on(Ids condition);

        void on(InPools condition);

        void on(Connected condition);

        void on(Pooled condition);

        void on(InUse condition);

        void on(NameContains condition);

        void on(Named condition);

        void on(UserContains condition);

        void on(Address condition);

        void on(Tagged condition);

        void on(NotTagged condition);

        void on(Untagged condition);

        void on(Hibernated condition);

        void on(Given condition);

        void on(Attached condition);

        void on(OfEnterpriseProject condition);
    }

    record Ids(List<UUID> ids) implements DesktopCondition {
        public Ids {
            ids = List.copyOf(ids);
        }

        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    record InPools(List<UUID> poolIds) implements DesktopCondition {
        public InPools {
            poolIds = List.copyOf(poolIds);
        }

        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    record Connected(boolean yes) implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    record Pooled(boolean yes) implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** Whether somebody was logged on when the desktop was last heard of. */
    record InUse(boolean yes) implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** The computer name contains one of these, in any case. */
    record NameContains(List<String> parts) implements DesktopCondition {
        public NameContains {
            parts = List.copyOf(parts);
        }

        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** The computer name is one of these, in any case. */
    record Named(List<String> names) implements DesktopCondition {
        public Named {
            names = List.copyOf(names);
        }

        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** The name of a user who was logged on when the desktop was last heard of contains one of these. */
    record UserContains(List<String> parts) implements DesktopCondition {
        public UserContains {
            parts = List.copyOf(parts);
        }

        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** One of the desktop's addresses. */
    record Address(String ip) implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** The desktop has all of these tags, or any of them. */
    record Tagged(List<TagMatch> matches, boolean all) implements DesktopCondition {
        public Tagged {
            if (matches.isEmpty()) {
                throw new IllegalArgumentException("a condition on tags without a tag");
            }
            matches = List.copyOf(matches);
        }

        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** The desktop does not have all of these tags, or not any of them. */
    record NotTagged(List<TagMatch> matches, boolean all) implements DesktopCondition {
        public NotTagged {
            if (matches.isEmpty()) {
                throw new IllegalArgumentException("a condition on tags without a tag");
            }
            matches = List.copyOf(matches);
        }

        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** The desktop has no tag at all. */
    record Untagged() implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** Whether the desktop went into hibernation and was not heard of since. */
    record Hibernated(boolean yes) implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** The desktop was given this when its place was made. */
    record Given(String name, String value) implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** Whether the desktop is assigned to a user. */
    record Attached(boolean yes) implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }

    /** The desktop was given to this enterprise project, or to none and so to the default one. */
    record OfEnterpriseProject(String id) implements DesktopCondition {
        @Override
        public void accept(Receiver receiver) {
            receiver.on(this);
        }
    }
}
