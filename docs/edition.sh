#!/bin/sh
# The reference study: its calls, in the order of docs/registered.md.
#
#   docs/edition.sh RESULTS [SEEDS]
#
# All runs of one plan; whatever is finished is passed over, so that it may be ended and begun
# again, here or wherever the committed tables are: docs/edition.sh results
set -eu
results=$1
seeds=${2:-5}

GATES=lstm,NIG,NFG,NOG,NIG-NFG,NIG-NOG,NFG-NOG,NIG-NFG-NOG
CORE=$GATES,gru,vanilla
CARD=sentiment,labelling,video,translation
PEEPHOLES=lstm,peephole,NIG-p,NFG-p,NOG-p,NIAF-p,NOAF-p,CIFG-p,FGR,NIG-NFG-NOG,vanilla
LEAN=mgu,GRU1,GRU2,GRU3

ask() {
    .venv/bin/gatewise run --study reference --results "$results" --preset quick \
        --tasks "$1" --architectures "$2" --trials 3 --seeds "$seeds" --yes
}

ask $CARD $CORE
ask selective-copy-2,flipflop lstm,NIG,NFG,NOG,gru,vanilla,NIG-NFG-NOG,minGRU,sLSTM
ask modular lstm,NIG,NFG,NOG,gru,vanilla,NIG-NFG-NOG,minGRU,minGRU-negative,sLSTM
ask xml $CORE,lstm-bias0
ask sentiment lstm,gru,janet,$LEAN
ask labelling lstm,bi-lstm,no-inner-recurrence
ask translation lstm,no-inner-recurrence
ask adding $CORE,janet,$LEAN
ask adding-100 lstm,lstm-chrono,vanilla,NIG-NFG-NOG
ask arithmetic $CORE,lstm-bias0
ask selective-copy-2 gru,minGRU,stacked-minGRU
ask parity,s5 lstm,NIG,NFG,NOG,gru,vanilla,NIG-NFG-NOG,minGRU,minGRU-negative,sLSTM
ask char-lm $CORE,lstm-bias0,$LEAN,no-inner-recurrence,sLSTM,minGRU
ask char-lm@15000 lstm,NFG,vanilla,NIG-NFG-NOG
ask $CARD lstm,gru,gru-no-reset,gru-no-update
ask $CARD,xml $PEEPHOLES
ask $CARD lstm,sLSTM,sLSTM-NIG,sLSTM-NFG,sLSTM-NOG,sLSTM-NN,sLSTM-NR
