package orders;

/** A definite no, with its HTTP status: the command has had no effect. The client may read the message. */
class Rejection extends RuntimeException {
    private final int status;

    Rejection(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }

    static Rejection invalid(String message) {
        return new Rejection(400, message);
    }

    /** Others were faster every time; sent again, the command may be accepted. */
    static final class LostRace extends Rejection {
        LostRace() {
            super(409, "other commands came first and nothing was done, please send it again");
        }
    }
}
