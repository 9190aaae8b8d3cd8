/*
 * The lease protocol: claim, renew, heal, release, grace, fence, seal. Bounded in the number of claims (CLAIMS), and to one request of a
 * kind under way in each process (docs/reliability.md);
 * time is kept as counters that run down, so any amount of it may pass.
 *
 * Every request may be lost or be delivered at any later time, every reply be lost; a process may stand still for any time, or crash;
 * each lease's clock may lose one tick (MARGIN covers it); the store may lose everything, or fall back to an older state.
 * One step is atomic where it is in the product: a script in Redis, a synchronous piece of JavaScript.
 */
#ifndef N
#define N 2
#endif
#ifndef CLAIMS
#define CLAIMS 3
#endif
#define TTL 3
#define MARGIN 1
#define PROVEN (TTL - MARGIN)
#ifdef NO_GRACE
#define GRACE 0
#elif defined(GRACE_SHORT)
#define GRACE (TTL - 1)
#else
#define GRACE TTL
#endif

/* What is in the store. kTtl: ticks until the key is gone, 0 without a key. */
byte kTok, kTtl, fTok, grace, tokens;
bit fMissing = 1, fReleased, suspect;
#ifdef FAILOVER
byte oTok, oTtl, oFence; bit oMissing, oReleased, kept;
#endif
/* What is written to: it only compares. newestActive: of whoever has counted as active. */
byte sealed, newestActive;

/* Of each process: its lease (token, ticks of proof left), and what it has sent. */
byte token[N], left[N], expl[N], sentLeft[N];
bit work[N], lostTick[N], sentLost[N];
bit cReq[N], cWait[N];
byte cRep[N];
bit rReq[N], rWait[N];
byte rTok[N], rExpl[N], rRep[N], rNew[N];
byte wTok[N], lTok[N];

#define BELIEVES(i) (work[i] && left[i] > 0)
#if N == 2
#define OTHERS(i) (BELIEVES(1 - (i)))
#else
#define OTHERS(i) (BELIEVES(((i) + 1) % 3) || BELIEVES(((i) + 2) % 3))
#endif
#ifdef REACH
#define reached(n) assert(REACH != n)
#else
#define reached(n) skip
#endif
/* Values that nobody will look at again are 0, so that states which differ in nothing else are one. */
#define unsent(i) sentLeft[i] = 0; sentLost[i] = 0; rNew[i] = 0
/* After a fall-back a late renewal may put an older claim back; that costs the newer one its claim, and makes no second. */
#ifdef FAILOVER
#define no_foreign(i) skip
#else
#define no_foreign(i) assert(!OTHERS(i))
#endif
#define down(x) x = (x > 0 -> x - 1 : 0)

inline granted(i) {
  tokens++; kTok = tokens; kTtl = TTL; fTok = tokens; fMissing = 0; fReleased = 0; suspect = 0; grace = 0;
  assert(!OTHERS(i))                       /* exclusion: nobody else can prove a claim */
}

inline renewed(i) {
  if :: suspect && GRACE > 0 -> grace = GRACE :: else fi;   /* it does not say that no later one was forgotten */
  kTok = rTok[i]; kTtl = TTL; fTok = rTok[i]; fMissing = 0; fReleased = 0; suspect = 0;
  if :: rWait[i] && rTok[i] == token[i] -> rRep[i] = 1; rNew[i] = TTL :: else fi
}

/* One tick of true time. Each process's clock may have lost it, once in each lease. */
inline tick_of(i) {
  if
  :: !lostTick[i] && !sentLost[i] && left[i] > 0 -> lostTick[i] = 1; sentLost[i] = 1
  :: down(left[i]); down(sentLeft[i]);
     if :: left[i] == 0 -> lostTick[i] = 0 :: else fi
  fi;
  down(expl[i]); down(rExpl[i]); down(rNew[i])
}

inline step(i) {
  if
  /* claim */
  :: atomic { token[i] == 0 && !work[i] && !cReq[i] && !cWait[i] && tokens < CLAIMS ->
       cReq[i] = 1; cWait[i] = 1; sentLeft[i] = PROVEN; sentLost[i] = 0 }
  :: atomic { cReq[i] -> cReq[i] = 0;
       if
       :: kTtl == 0 && suspect && GRACE > 0 -> suspect = 0; grace = GRACE; cWait[i] = 0; unsent(i)
       :: kTtl == 0 && !(suspect && GRACE > 0) && grace == 0 && tokens < CLAIMS ->
            if :: fTok > 0 && !fReleased -> reached(1) :: else fi;
            granted(i);
            if :: cWait[i] -> cRep[i] = tokens; rNew[i] = TTL :: else fi
       :: else -> if :: grace > 0 -> reached(2) :: else fi; cWait[i] = 0; unsent(i)
       fi }
  :: atomic { cRep[i] > 0 && cWait[i] ->
       if
#ifdef DEADLINE_FROM_REPLY
       :: true -> left[i] = PROVEN; lostTick[i] = 0;
#else
       :: sentLeft[i] > 0 -> left[i] = sentLeft[i]; lostTick[i] = sentLost[i];
#endif
            token[i] = cRep[i]; expl[i] = rNew[i]; work[i] = 1;
            assert(!OTHERS(i));
#ifndef NO_SEAL
            sealed = (token[i] > sealed -> token[i] : sealed);
#endif
            newestActive = (token[i] > newestActive -> token[i] : newestActive)
#ifndef DEADLINE_FROM_REPLY
       :: else -> skip                     /* too late to be relied on: left to expire */
#endif
       fi;
       cRep[i] = 0; cWait[i] = 0; unsent(i) }
  :: atomic { cWait[i] -> cWait[i] = 0; cRep[i] = 0; unsent(i) }               /* reply lost, or given up */
  /* renew */
  :: atomic { token[i] > 0 && left[i] > 0 && !rReq[i] && !rWait[i] ->
       rReq[i] = 1; rWait[i] = 1; rTok[i] = token[i]; rExpl[i] = expl[i]; sentLeft[i] = PROVEN; sentLost[i] = 0 }
  :: atomic { rReq[i] -> rReq[i] = 0;
       if
#ifdef BLIND_RENEWAL
       :: true -> renewed(i)
#else
       :: kTtl > 0 && kTok == rTok[i] -> renewed(i)
       :: kTtl == 0 && !fMissing && fTok == rTok[i] && !fReleased -> reached(3); no_foreign(i); renewed(i)
       :: kTtl == 0 && fMissing && rExpl[i] > 0 -> reached(4); renewed(i)
       :: else -> reached(5); if :: rWait[i] && rTok[i] == token[i] -> rRep[i] = 2 :: else fi
#endif
       fi;
       rTok[i] = 0; rExpl[i] = 0 }
  :: atomic { rRep[i] > 0 && rWait[i] ->
       if
#ifdef DEADLINE_FROM_REPLY
       :: rRep[i] == 1 && left[i] > 0 -> left[i] = PROVEN; lostTick[i] = 0; expl[i] = rNew[i]; assert(!OTHERS(i))
#else
       :: rRep[i] == 1 && left[i] > 0 && sentLeft[i] > 0 ->
            left[i] = sentLeft[i]; lostTick[i] = sentLost[i]; expl[i] = rNew[i]; assert(!OTHERS(i))
#endif
       :: rRep[i] == 2 -> token[i] = 0; left[i] = 0; work[i] = 0; expl[i] = 0; lostTick[i] = 0
       :: else
       fi;
       rRep[i] = 0; rWait[i] = 0; unsent(i) }
  :: atomic { rWait[i] -> rWait[i] = 0; rRep[i] = 0; unsent(i) }  /* timed out */
  /* work: the check and the sending are one step, the arrival is not */
  :: atomic { BELIEVES(i) && wTok[i] == 0 -> wTok[i] = token[i] }
  :: atomic { wTok[i] > 0 ->
       if
#ifndef NO_FENCE
       :: wTok[i] < sealed -> reached(6)
       :: wTok[i] >= sealed ->
#else
       :: true ->
#endif
            assert(wTok[i] >= newestActive);   /* fencing: nothing older once a newer one is active */
            sealed = (wTok[i] > sealed -> wTok[i] : sealed)
       fi;
       wTok[i] = 0 }
  /* the deadline has passed: by itself, before anything else it does */
  :: atomic { token[i] > 0 && left[i] == 0 -> token[i] = 0; work[i] = 0; expl[i] = 0 }
  /* an orderly stop */
#ifdef RELEASE_BEFORE_STOP
  :: atomic { token[i] > 0 && work[i] && lTok[i] == 0 -> lTok[i] = token[i] }
#else
  :: atomic { token[i] > 0 && work[i] && lTok[i] == 0 -> lTok[i] = token[i]; work[i] = 0; token[i] = 0; left[i] = 0; expl[i] = 0; lostTick[i] = 0 }
#endif
  :: atomic { lTok[i] > 0 ->
#ifdef BLIND_RELEASE
       kTtl = 0; kTok = 0;
#else
       if :: kTtl > 0 && kTok == lTok[i] -> kTtl = 0; kTok = 0 :: else fi;
#endif
       if :: !fMissing && fTok == lTok[i] -> fReleased = 1 :: else fi;
       lTok[i] = 0 }
  /* lost on the way; power cut */
  :: atomic { cReq[i] || rReq[i] || lTok[i] > 0 -> cReq[i] = 0; rReq[i] = 0; rTok[i] = 0; rExpl[i] = 0; lTok[i] = 0 }
  :: atomic { token[i] > 0 || cWait[i] ->
       token[i] = 0; left[i] = 0; work[i] = 0; expl[i] = 0; cWait[i] = 0; cRep[i] = 0; rWait[i] = 0; rRep[i] = 0;
       lostTick[i] = 0; unsent(i) }
  fi
}

active proctype world() {
  do
  :: step(0)
  :: step(1)
#if N > 2
  :: step(2)
#endif
  /* time passes */
  :: atomic {
       tick_of(0); tick_of(1);
#if N > 2
       tick_of(2);
#endif
       down(kTtl); if :: kTtl == 0 -> kTok = 0 :: else fi;
       down(grace);
#ifdef FAILOVER
       down(oTtl); if :: oTtl == 0 -> oTok = 0 :: else fi
#endif
     }
  /* the store forgets everything, and knows that it is young */
  :: atomic { kTok = 0; kTtl = 0; fTok = 0; fMissing = 1; fReleased = 0; suspect = 0; grace = GRACE }
#ifdef FAILOVER
  /* a replica falls behind, and takes over later: its identity tells */
  :: atomic { !kept -> oTok = kTok; oTtl = kTtl; oFence = fTok; oMissing = fMissing; oReleased = fReleased; kept = 1 }
  :: atomic { kept -> kTok = oTok; kTtl = oTtl; fTok = oFence; fMissing = oMissing; fReleased = oReleased; suspect = 1; grace = 0;
       if :: fMissing -> grace = GRACE; suspect = 0 :: else fi;
       kept = 0; oTok = 0; oTtl = 0; oFence = 0; oMissing = 0; oReleased = 0 }
#endif
  od
}
