/**
 * Who is signed in. Promises that the access token lives in memory only, that it is renewed before it runs out by one
 * request at a time (in this tab, and where the browser has locks in all tabs), that a person is signed out only when
 * the server or they themselves said so, never by a bad network, and that all tabs agree about it.
 */
import { ApiError } from '@client/api.js';
import { oneTabAtATime, pageStorage, tabChannel } from '@client/facilities.js';
import { Store } from '@client/observable.js';
import type { AcceptInvitation, AgentSession, ConfirmedEmail, InvitationSeen, LoginRequest, Mailed, SetupRequest, User } from '@wire';
import { apiFor } from '../data/api.ts';

/** Why the sign-in form is shown. */
export type SignedOutBecause = 'no-session' | 'signed-out' | 'session-ended' | 'already-set-up' | 'password-reset' | 'email-changed';

export type SessionState =
  | { phase: 'starting' }
  | { phase: 'unreachable'; error: unknown }
  | { phase: 'set-up' }
  | { phase: 'signed-out'; because: SignedOutBecause }
  | { phase: 'signed-in'; user: User; permissions: readonly string[] };

const ask = apiFor();
/** Kept while somebody is signed in in this browser: nobody else is asked for who they are. */
const SIGNED_IN = 'voxora.signed-in';
/** How long before its end a token counts as used up: longer than any request may take. */
const MARGIN = 60_000;

export class Session extends Store<SessionState> {
  #token: { value: string; expiresAt: number } | undefined;
  #renewal: Promise<string> | undefined;
  #renewalTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts endings, so that a renewal that was under way during one does not undo it. */
  #endings = 0;
  #tellTabs = tabChannel('voxora-session', (data) => {
    if (data === 'signed-out' && this.state.phase === 'signed-in') {
      this.#end('signed-out');
    } else if (data === 'signed-in' && this.state.phase !== 'signed-in') {
      void this.start();
    }
  });

  constructor() {
    super({ phase: 'starting' });
  }

  /**
   * Finds out where things stand: a session to take up again, a first start, or nobody signed in. `quietly`: nothing is
   * shown of it unless that is known. `because`: what whoever is not signed in is told.
   */
  async start({ quietly = false, because = 'no-session' }: { quietly?: boolean; because?: SignedOutBecause } = {}): Promise<void> {
    if (!quietly) {
      this.set({ phase: 'starting' });
    }
    try {
      const setup = await ask('GET /api/v1/setup');
      if (setup.required) {
        this.set({ phase: 'set-up' });
      } else if (this.#mayHaveSession) {
        await this.#renew();
      } else {
        this.#end(because);
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.#end(because);
      } else if (!quietly || this.state.phase !== 'unreachable') {
        this.set({ phase: 'unreachable', error });
      }
    }
  }

  async setUp(details: SetupRequest): Promise<void> {
    try {
      this.#begin(await ask('POST /api/v1/setup', { body: details }));
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'already_set_up')) {
        throw error;
      }
      this.#end('already-set-up');
    }
  }

  async signIn(credentials: LoginRequest): Promise<void> {
    this.#begin(await ask('POST /api/v1/auth/login', { body: credentials }));
  }

  /** Whom an invitation is for. Uses nothing up. */
  seeInvitation(token: string): Promise<InvitationSeen> {
    return ask('POST /api/v1/invitations/look', { body: { token } });
  }

  /** Joins the team. Whoever else was signed in in this browser is not any more. */
  async join(details: AcceptInvitation): Promise<void> {
    this.#begin(await ask('POST /api/v1/invitations/accept', { body: details }));
  }

  forgotPassword(email: string): Promise<Mailed> {
    return ask('POST /api/v1/auth/password/forgot', { body: { email } });
  }

  /** Sets another password, which ends every session of that person; somebody else may be signed in here, and stays so. */
  async resetPassword(token: string, password: string): Promise<void> {
    await ask('POST /api/v1/auth/password/reset', { body: { token, password } });
    await this.start({ because: 'password-reset' });
  }

  async confirmEmail(token: string): Promise<ConfirmedEmail> {
    const confirmed = await ask('POST /api/v1/auth/email/confirm', { body: { token } });
    await this.start({ because: 'email-changed' });
    return confirmed;
  }

  /** Takes what the server says of the signed-in person now. */
  know(user: User): void {
    const { state } = this;
    if (state.phase === 'signed-in' && state.user.id === user.id) {
      this.set({ ...state, user });
    }
  }

  /** Ends the session on the server first: a cookie that still worked would make "signed out" a lie. */
  async signOut(): Promise<void> {
    await ask('POST /api/v1/auth/logout');
    this.#end('signed-out');
    this.#tellTabs('signed-out');
  }

  /**
   * An access token that is still good for a while, and not `insteadOf`. Throws an `ApiError` with status 401 when there
   * is no session.
   */
  token = async ({ insteadOf }: { insteadOf?: string } = {}): Promise<string> => {
    const token = this.#token;
    const isGood = token && token.value !== insteadOf && Date.now() < token.expiresAt - MARGIN;
    return isGood ? token.value : this.#renew();
  };

  /** Where nothing can be kept, nothing is known of it. */
  get #mayHaveSession(): boolean {
    const storage = pageStorage();
    return storage.getItem(SIGNED_IN) !== null || !storage.isLasting;
  }

  #renew(): Promise<string> {
    this.#renewal ??= this.#requestRenewal().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  async #requestRenewal(): Promise<string> {
    // Two tabs would each be given a new cookie for the same old one; in turn, each gets its own.
    const endings = this.#endings;
    try {
      const granted = await oneTabAtATime('voxora-session-renewal', () => ask('POST /api/v1/auth/refresh'));
      if (endings !== this.#endings) {
        throw new ApiError(401, { code: 'session_ended' }, undefined);
      }
      this.#accept(granted);
      return granted.accessToken;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && this.state.phase === 'signed-in') {
        this.#end('session-ended');
      }
      throw error;
    }
  }

  #begin(granted: AgentSession): void {
    this.#accept(granted);
    this.#tellTabs('signed-in');
  }

  #accept({ accessToken, expiresIn, user, permissions }: AgentSession): void {
    const life = expiresIn * 1000;
    this.#token = { value: accessToken, expiresAt: Date.now() + life };
    pageStorage().setItem(SIGNED_IN, '1');
    clearTimeout(this.#renewalTimer);
    // A failure here needs no handling: whoever needs the token next asks again.
    this.#renewalTimer = setTimeout(() => this.#renew().catch(() => {}), Math.max(life - MARGIN, life / 2));
    // Another tab may have signed in someone else: the cookie is shared, so this tab follows.
    const next = { phase: 'signed-in', user, permissions } as const;
    if (JSON.stringify(this.state) !== JSON.stringify(next)) {
      this.set(next);
    }
  }

  #end(because: SignedOutBecause): void {
    this.#endings += 1;
    this.#token = undefined;
    pageStorage().removeItem(SIGNED_IN);
    clearTimeout(this.#renewalTimer);
    this.set({ phase: 'signed-out', because });
  }
}
